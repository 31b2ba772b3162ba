// Calls for suggestions, and for the view in which a person suggests.
import { client, ok } from '../../client'

/** A place in the tree of a text: a block, as indexes of children from the top, and a place in its content. */
export interface Point {
  path: number[]
  offset: number
}

export type Kind = 'insert' | 'delete' | 'replace' | 'format' | 'split' | 'join' | 'block'
export type State = 'open' | 'accepted' | 'rejected' | 'withdrawn'
export type Stands = 'stands' | 'gone' | 'changed' | 'already' | 'invalid'
/** A node in the editor's JSON. */
export type Json = Record<string, unknown>

/** What a reader sees of an open suggestion in the text. */
export interface Shown {
  kind: Kind
  from: Point
  to: Point
  after: Json[]
  block?: Json
}

export interface SuggestionView {
  id: string
  kind: Kind
  state: State
  author: string
  author_name: string
  color?: string
  is_guest?: boolean
  created_at: string
  updated_at: string
  version: number
  before: string
  after: string
  decided_by?: string
  decided_by_name?: string
  decided_at?: string
  note?: string
  can_undo: boolean
  stands?: Stands
  decoration?: Shown
  conflicts: string[]
  comments: number
}

/** A suggestion in a suggester's view. */
export interface ViewMark {
  id: string
  mine: boolean
  kind: Kind
  from: Point
  to: Point
  /** For one's own suggestion: the content that it removes at `from`. */
  removed?: Json[]
  /** For a suggestion by another person: the proposed content. */
  after?: Json[]
  block?: Json
  author_name: string
  color?: string
}

export interface BlockChange {
  from: number
  to: number
  blocks: Json[]
}

export interface OpenedView {
  view: string
  seq: number
  content: Json
  marks: ViewMark[]
}

export interface ViewAnswer {
  known: number
  seq: number
  change?: BlockChange
  marks: ViewMark[]
  made: string[]
  withdrawn: string[]
  refused: { code: string; sentence: string; words: string }[]
}

export type Which = { ids: string[] } | { author: string } | { all: true }
export interface Decided {
  accepted?: string[]
  rejected?: string[]
  refused: { id: string; code: string }[]
}

/**
 * In the OpenAPI document, kinds and states are strings and content is any object: what the server sends is narrower.
 */
const as = <T>(call: Promise<unknown>): Promise<T> => call as Promise<T>

/** All pages of the suggestions of a document. */
async function list(id: string, state: 'open' | 'closed'): Promise<{ seq: number; items: SuggestionView[] }> {
  const items: SuggestionView[] = []
  for (let cursor: string | undefined; ; ) {
    const page = await ok(client.GET('/api/v1/documents/{id}/suggestions', { params: { path: { id }, query: { state, limit: 500, ...(cursor && { cursor }) } } }))
    items.push(...(page.items as unknown as SuggestionView[]))
    if (!page.next) return { seq: page.seq, items }
    cursor = page.next
  }
}

const of = (id: string, suggestion: string) => ({ params: { path: { id, suggestion } } })

export const api = {
  list,
  accept: (id: string, one: string) => as<SuggestionView>(ok(client.POST('/api/v1/documents/{id}/suggestions/{suggestion}/accept', of(id, one)))),
  reject: (id: string, one: string, note: string) => as<SuggestionView>(ok(client.POST('/api/v1/documents/{id}/suggestions/{suggestion}/reject', { ...of(id, one), body: note ? { note } : {} }))),
  reopen: (id: string, one: string) => as<SuggestionView>(ok(client.POST('/api/v1/documents/{id}/suggestions/{suggestion}/reopen', of(id, one)))),
  undo: (id: string, one: string) => as<SuggestionView>(ok(client.POST('/api/v1/documents/{id}/suggestions/{suggestion}/undo', of(id, one)))),
  withdraw: (id: string, one: string) => as<SuggestionView>(ok(client.POST('/api/v1/documents/{id}/suggestions/{suggestion}/withdraw', of(id, one)))),
  acceptMany: (id: string, body: Which) => as<Decided>(ok(client.POST('/api/v1/documents/{id}/suggestions/accept', { params: { path: { id } }, body }))),
  rejectMany: (id: string, body: Which) => as<Decided>(ok(client.POST('/api/v1/documents/{id}/suggestions/reject', { params: { path: { id } }, body }))),
  openView: (id: string) => as<OpenedView>(ok(client.POST('/api/v1/documents/{id}/suggestions/view', { params: { path: { id } } }))),
  exchange: (id: string, view: string, { known, change }: { known: number; change?: BlockChange }) =>
    as<ViewAnswer>(ok(client.PUT('/api/v1/documents/{id}/suggestions/view/{view}', { params: { path: { id, view } }, body: { known, ...(change && { change: { ...change, blocks: change.blocks as Record<string, never>[] } }) } }))),
}
