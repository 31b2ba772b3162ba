// What a list of documents shows, and in which order. It is in the address of the page, so that a list can be kept and
// sent as a link.
import { useLocation, useSearch } from 'wouter'
import type { DocumentFilter, Sort } from '../api'
import { t } from '../messages'

export const SORTS: readonly (readonly [sort: Sort, name: string])[] = [
  ['-updated_at', t.lastUpdated],
  ['updated_at', t.updatedLongestAgo],
  ['title', t.title],
  ['-created_at', t.newest],
  ['created_at', t.oldest],
]

const FIELDS = ['q', 'kind', 'status', 'owner', 'tag', 'sort'] as const
type Field = (typeof FIELDS)[number]

/** Reads the filter from the query of an address. Unknown values are ignored. */
export function readFilter(search: string): DocumentFilter {
  const query = new URLSearchParams(search)
  const given = FIELDS.flatMap((field): [Field, string][] => {
    const value = query.get(field)
    return value && (field !== 'sort' || SORTS.some(([sort]) => sort === value)) ? [[field, value]] : []
  })
  return Object.fromEntries(given)
}

/** The query of an address with one field changed. */
export function withField(search: string, field: Field, value: string): string {
  const query = new URLSearchParams(search)
  if (value) query.set(field, value)
  else query.delete(field)
  return query.toString()
}

export function useListFilter(): [DocumentFilter, (field: Field, value: string) => void] {
  const search = useSearch()
  const [path, go] = useLocation()
  const change = (field: Field, value: string) => {
    const query = withField(search, field, value)
    go(query ? `${path}?${query}` : path, { replace: true })
  }
  return [readFilter(search), change]
}
