// Calls for searches, suggestions, saved searches and links between pages.
import { type Schemas, client, ok } from '../../client'

export type Results = Schemas['SearchResults']
export type Hit = Schemas['SearchHit']
export type Snippet = Schemas['Snippet']
export type TextPart = Schemas['TextPart']
export type FacetValue = Schemas['FacetValue']
export type Sort = 'best' | '-updated_at'

export const api = {
  search: (query: { q: string; sort: Sort; cursor?: string }) => ok(client.GET('/api/v1/search', { params: { query } })),
  suggest: (q: string) => ok(client.GET('/api/v1/search/suggest', { params: { query: { q } } })),
  saved: () => ok(client.GET('/api/v1/search/saved')),
  save: (name: string, query: string) => ok(client.POST('/api/v1/search/saved', { body: { name, query } })),
  forget: (search: string) => ok(client.DELETE('/api/v1/search/saved/{search}', { params: { path: { search } } })),
  backlinks: (id: string) => ok(client.GET('/api/v1/documents/{id}/backlinks', { params: { path: { id } } })),
}
