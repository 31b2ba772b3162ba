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
  /** Of one's own: what it takes away at `from`. */
  removed?: Json[]
  /** Of others': what is proposed. */
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
  refused: { code: string; sentence: string }[]
}

export type Which = { ids: string[] } | { author: string } | { all: true }
export interface Decided {
  accepted?: string[]
  rejected?: string[]
  refused: { id: string; code: string }[]
}

interface Listed {
  seq: number
  items: SuggestionView[]
  next?: string
}

type Call = (path: string, init: object) => Promise<never>
const raw = client as unknown as { GET: Call; POST: Call; PUT: Call }
const at = (id: string, rest = '') => `/api/v1/documents/${id}/suggestions${rest}`

/** All pages of the suggestions of a document. */
async function list(id: string, state: 'open' | 'closed'): Promise<{ seq: number; items: SuggestionView[] }> {
  const items: SuggestionView[] = []
  for (let cursor: string | undefined; ; ) {
    const page: Listed = await ok(raw.GET(at(id), { params: { query: { state, limit: 500, ...(cursor && { cursor }) } } }))
    items.push(...page.items)
    if (!page.next) return { seq: page.seq, items }
    cursor = page.next
  }
}

export const api = {
  list,
  accept: (id: string, one: string): Promise<SuggestionView> => ok(raw.POST(at(id, `/${one}/accept`), {})),
  reject: (id: string, one: string, note: string): Promise<SuggestionView> => ok(raw.POST(at(id, `/${one}/reject`), { body: note ? { note } : {} })),
  reopen: (id: string, one: string): Promise<SuggestionView> => ok(raw.POST(at(id, `/${one}/reopen`), {})),
  undo: (id: string, one: string): Promise<SuggestionView> => ok(raw.POST(at(id, `/${one}/undo`), {})),
  withdraw: (id: string, one: string): Promise<SuggestionView> => ok(raw.POST(at(id, `/${one}/withdraw`), {})),
  acceptMany: (id: string, which: Which): Promise<Decided> => ok(raw.POST(at(id, '/accept'), { body: which })),
  rejectMany: (id: string, which: Which): Promise<Decided> => ok(raw.POST(at(id, '/reject'), { body: which })),
  openView: (id: string): Promise<OpenedView> => ok(raw.POST(at(id, '/view'), {})),
  exchange: (id: string, view: string, body: { known: number; change?: BlockChange }): Promise<ViewAnswer> => ok(raw.PUT(at(id, `/view/${view}`), { body })),
}
