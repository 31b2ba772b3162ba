// Suggestions in the order of the text, by author and kind, and one after the other.
import type { Kind, Point, SuggestionView } from './api'

export interface Filter {
  author: string
  kind: Kind | ''
}

export const EVERYTHING: Filter = { author: '', kind: '' }

const compare = (a: Point, b: Point): number => {
  const [one, other] = [[...a.path, a.offset], [...b.path, b.offset]]
  for (let index = 0; index < Math.min(one.length, other.length); index++) {
    const difference = (one[index] as number) - (other[index] as number)
    if (difference !== 0) return difference
  }
  return one.length - other.length
}

/** Sorts suggestions in the order of the text. Those without a place in it come last, the oldest first. */
export function inTextOrder(suggestions: readonly SuggestionView[]): SuggestionView[] {
  return suggestions.toSorted((a, b) => {
    const [one, other] = [a.decoration, b.decoration]
    if (one && other) return compare(one.from, other.from) || a.created_at.localeCompare(b.created_at)
    return Number(!one) - Number(!other) || a.created_at.localeCompare(b.created_at)
  })
}

export const filtered = (suggestions: readonly SuggestionView[], { author, kind }: Filter): SuggestionView[] =>
  suggestions.filter((one) => (author === '' || one.author === author) && (kind === '' || one.kind === kind))

/** Everybody who suggested something, by name. */
export const authorsOf = (suggestions: readonly SuggestionView[]): { id: string; name: string }[] =>
  [...new Map(suggestions.map(({ author, author_name }) => [author, author_name]))].map(([id, name]) => ({ id, name })).toSorted((a, b) => a.name.localeCompare(b.name))

/** The suggestion after another one, or before it. After the last one comes the first. */
export function neighbour(ordered: readonly SuggestionView[], id: string | null, step: 1 | -1): SuggestionView | undefined {
  const at = ordered.findIndex((one) => one.id === id)
  if (at < 0) return step > 0 ? ordered[0] : ordered.at(-1)
  return ordered[(at + step + ordered.length) % ordered.length]
}
