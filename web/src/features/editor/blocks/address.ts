/** Letters of a passage that are enough to find it. */
const ENOUGH = 80

/** The address of a document, opened at the line that begins with these words. Blocks have no names of their own. */
export function addressOfPassage(document: string, text: string): string {
  const line = (text.split('\n')[0] ?? '').trim().slice(0, ENOUGH)
  return `/documents/${document}#${new URLSearchParams([['match', line], ['word', line]])}`
}
