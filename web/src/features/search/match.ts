// The address of a passage that was found: the document opens at it. The fragment has the words of the passage, because
// lines move while people write.
import type { Snippet } from './api'

export interface Match {
  passage: string
  words: string[]
}

const text = (parts: Snippet['parts']): string => parts.map((part) => part.text).join('').replace(/^…|…$/g, '')

/** The address of a document, opened at a passage or thread if there is one. */
export function addressOf(document: string, snippet: Snippet | undefined): string {
  const address = `/documents/${document}`
  if (!snippet) return address
  if (snippet.attachment_id) return `${address}#files`
  if (snippet.thread_id) return `${address}#thread=${snippet.thread_id}`
  const fragment = new URLSearchParams([['match', text(snippet.parts)]])
  for (const word of new Set(snippet.parts.filter(({ hit }) => hit).map((part) => part.text))) fragment.append('word', word)
  return `${address}#${fragment}`
}

/** The passage that a fragment names. */
export function matchOf(hash: string): Match | undefined {
  if (!hash.startsWith('#match=')) return
  const fragment = new URLSearchParams(hash.slice(1))
  return { passage: fragment.get('match') ?? '', words: fragment.getAll('word') }
}
