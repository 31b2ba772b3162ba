// Suggestions that the server does not have yet. They are kept on this device.
import { forget, kept, unsentSuggestions } from '../../../sync/local'
import type { Json } from '../api'

export interface Unsent {
  agreed: Json
  /** Content that was sent without an answer: the server may have stored it. */
  sent?: Json
  mine: Json
}

const blocksOf = (doc: Json): Json[] => (doc.content as Json[] | undefined) ?? []
const lines = (node: Json): string => {
  if (typeof node.text === 'string') return node.text
  if (node.type === 'hardBreak') return '\n'
  const inner = blocksOf(node)
  const isLine = inner.some(({ type }) => type === 'text' || type === 'hardBreak')
  return inner.map(lines).join(isLine ? '' : '\n')
}

/** The words of the blocks that differ, for a copy; empty if there are none. */
export function unsentWords(account: string, document: string): string {
  const unsent = kept<Unsent>(unsentSuggestions(account, document))
  if (!unsent) return ''
  const [old, mine] = [blocksOf(unsent.agreed), blocksOf(unsent.mine)]
  const had = new Set(old.map((block) => JSON.stringify(block)))
  return mine.filter((block) => !had.has(JSON.stringify(block))).map(lines).join('\n\n')
}

export const forgetUnsent = (account: string, document: string): void => forget(unsentSuggestions(account, document))
