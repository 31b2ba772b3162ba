// Calls for lists of documents, their metadata, spaces and the tree of pages in them, and their shares with people, groups and links.
import { Problem, type Schemas, client, ok } from '../../client'
import type { Right } from '../../rights'

/** The statuses that a document can get without an approval. */
export type Status = 'draft' | 'published' | 'archived'
export type DocumentView = Schemas['DocumentView']
export type Grant = Schemas['Grant'] & { level: Right }
export type GroupGrant = Schemas['GroupGrant'] & { level: Right }
export type Guest = Schemas['Guest']
export type Holder = Schemas['Holder']
export type Reason = Schemas['Reason']
/** A file that the server makes from a page. */
export type PrintFormat = 'pdf' | 'docx'
export type SpaceView = Schemas['SpaceView']
export type PageOfTree = Schemas['PageOfTree']
export type Effects = Schemas['Effects']
export type TemplateView = Schemas['TemplateView']
export type Effect = Schemas['Effect']
export type TagCount = Schemas['TagCount']
export type Favourite = Schemas['Favourite']
export type TrashedDocument = Schemas['TrashedDocument']
export type Sort = '-updated_at' | 'updated_at' | '-created_at' | 'created_at' | 'title' | '-title'
/** The filters of a list of documents, and its order. An empty text matches everything. */
export interface DocumentFilter {
  q?: string
  kind?: string
  status?: string
  owner?: string
  tag?: string
  shared?: boolean
  sort?: Sort
}
export type Sensitivity = 'public' | 'internal' | 'confidential' | 'restricted'

/** Attempts to change a document. If another client changes it between reading and writing, it is read again. */
const TRIES = 5

/** Where a page goes: a space, below a page or at the top, after a sibling (null: first; absent: last). */
export type Destination = Schemas['Destination']

type Fields = Partial<{ title: string; kind: string; tags: string[]; open_level: Right | null; sensitivity: Sensitivity; inherits: boolean; icon: string }>

/** Changes a document. The changes can be a function of its current state. */
async function changeDocument(id: string, changes: Fields | ((now: DocumentView) => Fields)): Promise<DocumentView> {
  for (let attempt = 1; ; attempt++) {
    const now = await documents.document(id)
    const { version } = now
    const fields = typeof changes === 'function' ? changes(now) : changes
    try {
      const header = { 'If-Match': `"${version}"` }
      return await ok(client.PATCH('/api/v1/documents/{id}', { params: { path: { id }, header }, body: fields }))
    } catch (problem) {
      if (!(problem instanceof Problem && problem.code === 'precondition-failed' && attempt < TRIES)) throw problem
    }
  }
}

/** Makes a document a draft, publishes its approved text, or archives it. */
export const setStatus = (id: string, status: Status) => ok(client.POST('/api/v1/documents/{id}/status', { params: { path: { id } }, body: { status } }))

const documents = {
  documents: (query: DocumentFilter & { access?: Right; cursor?: string; limit?: number }) => ok(client.GET('/api/v1/documents', { params: { query } })),
  titles: (ids: string[]) => ok(client.GET('/api/v1/documents/titles', { params: { query: { ids: ids.join(',') } } })),
  /** Without a title, it is that of the template, or "Untitled". */
  create: (fields: Schemas['DocumentCreation']) => ok(client.POST('/api/v1/documents', { body: fields })),
  duplicate: (id: string, body: Schemas['Duplication']) => ok(client.POST('/api/v1/documents/{id}/duplicate', { params: { path: { id } }, body })),
  document: (id: string) => ok(client.GET('/api/v1/documents/{id}', { params: { path: { id } } })),
  change: changeDocument,
  print: (id: string, query: { format: PrintFormat; children: boolean; comments: boolean; suggestions: boolean; paper: 'a4' | 'letter'; revision?: string }) =>
    ok(client.GET('/api/v1/documents/{id}/export', { params: { path: { id }, query }, parseAs: 'blob' })) as Promise<Blob>,
  trash: (id: string, children?: 'trash' | 'keep') => ok(client.DELETE('/api/v1/documents/{id}', { params: { path: { id }, query: { children } } })),
  restore: (id: string) => ok(client.POST('/api/v1/documents/{id}/restore', { params: { path: { id } } })),
  purge: (id: string) => ok(client.POST('/api/v1/documents/{id}/purge', { params: { path: { id } } })),
  trashed: (cursor: string | undefined) => ok(client.GET('/api/v1/trash', { params: { query: { cursor } } })),
  trashedText: (id: string) => ok(client.GET('/api/v1/trash/{id}/content', { params: { path: { id }, query: { format: 'html' } }, parseAs: 'text' })) as Promise<string>,
  setStatus,
}

const tags = {
  tags: (archived = false) => ok(client.GET('/api/v1/tags', { params: { query: { archived } } })),
  renameTag: (tag: string, name: string) => ok(client.PATCH('/api/v1/tags/{tag}', { params: { path: { tag } }, body: { name } })),
  mergeTag: (tag: string, into: string) => ok(client.POST('/api/v1/tags/{tag}/merge', { params: { path: { tag } }, body: { into } })),
  removeTag: (tag: string) => ok(client.DELETE('/api/v1/tags/{tag}', { params: { path: { tag } } })),
}

/** One person's favourites and recent documents. */
const own = {
  favourites: () => ok(client.GET('/api/v1/me/favourites')),
  putFavourite: (id: string, after?: string | null) => ok(client.PUT('/api/v1/me/favourites/{id}', { params: { path: { id } }, body: { after } })),
  removeFavourite: (id: string) => ok(client.DELETE('/api/v1/me/favourites/{id}', { params: { path: { id } } })),
  changed: () => ok(client.GET('/api/v1/me/changed')),
  recent: () => ok(client.GET('/api/v1/me/recent')),
  noteOpened: (id: string) => ok(client.PUT('/api/v1/me/recent/{id}', { params: { path: { id } } })),
}

/** Reads the first pages of a level, as many as asked for. */
async function level(space: string, parent: string | undefined, count: number): Promise<{ pages: PageOfTree[]; more: boolean }> {
  const pages: PageOfTree[] = []
  for (let cursor: string | undefined; ; ) {
    const query = { parent, cursor, limit: Math.min(count - pages.length, 500) }
    const part = await ok(client.GET('/api/v1/spaces/{space}/pages', { params: { path: { space }, query } }))
    pages.push(...part.items)
    cursor = part.next ?? undefined
    if (!cursor || pages.length >= count) return { pages, more: !!cursor }
  }
}

const spaces = {
  spaces: () => ok(client.GET('/api/v1/spaces')),
  newSpace: (body: Schemas['SpaceFields']) => ok(client.POST('/api/v1/spaces', { body })),
  changeSpace: ({ id, version }: SpaceView, body: Schemas['SpaceFields']) => ok(client.PATCH('/api/v1/spaces/{space}', { params: { path: { space: id }, header: { 'If-Match': `"${version}"` } }, body })),
  removeSpace: (space: string) => ok(client.DELETE('/api/v1/spaces/{space}', { params: { path: { space } } })),
  peopleOfSpace: (space: string) => ok(client.GET('/api/v1/spaces/{space}/members', { params: { path: { space } } })),
  putMember: (space: string, account: string, level: Right) => ok(client.PUT('/api/v1/spaces/{space}/members/{account}', { params: { path: { space, account } }, body: { level } })),
  removeMember: (space: string, account: string) => ok(client.DELETE('/api/v1/spaces/{space}/members/{account}', { params: { path: { space, account } } })),
  putGroup: (space: string, group: string, level: Right) => ok(client.PUT('/api/v1/spaces/{space}/groups/{group}', { params: { path: { space, group } }, body: { level } })),
  removeGroup: (space: string, group: string) => ok(client.DELETE('/api/v1/spaces/{space}/groups/{group}', { params: { path: { space, group } } })),
  level,
  path: (id: string) => ok(client.GET('/api/v1/documents/{id}/path', { params: { path: { id } } })),
  move: (id: string, body: Destination) => ok(client.POST('/api/v1/documents/{id}/move', { params: { path: { id } }, body })),
  effects: (id: string, { space, parent }: Destination) => ok(client.GET('/api/v1/documents/{id}/move/effects', { params: { path: { id }, query: { space: space ?? undefined, parent: parent ?? undefined } } })),
}

const templates = {
  templates: () => ok(client.GET('/api/v1/templates')),
  template: (template: string) => ok(client.GET('/api/v1/templates/{template}', { params: { path: { template } } })),
  keepTemplate: (body: Schemas['TemplateCreation']) => ok(client.POST('/api/v1/templates', { body })),
  removeTemplate: (template: string) => ok(client.DELETE('/api/v1/templates/{template}', { params: { path: { template } } })),
}

const sharing = {
  access: (id: string) => ok(client.GET('/api/v1/documents/{id}/access', { params: { path: { id } } })),
  shares: (id: string) => ok(client.GET('/api/v1/documents/{id}/shares', { params: { path: { id } } })) as Promise<Grant[]>,
  share: (id: string, account: string, level: Right, expires_at: string | null) => ok(client.PUT('/api/v1/documents/{id}/shares/{account}', { params: { path: { id, account } }, body: { level, expires_at } })),
  unshare: (id: string, account: string) => ok(client.DELETE('/api/v1/documents/{id}/shares/{account}', { params: { path: { id, account } } })),
  groupShares: (id: string) => ok(client.GET('/api/v1/documents/{id}/group-shares', { params: { path: { id } } })) as Promise<GroupGrant[]>,
  shareWithGroup: (id: string, group: string, level: Right, expires_at: string | null) => ok(client.PUT('/api/v1/documents/{id}/group-shares/{group}', { params: { path: { id, group } }, body: { level, expires_at } })),
  unshareWithGroup: (id: string, group: string) => ok(client.DELETE('/api/v1/documents/{id}/group-shares/{group}', { params: { path: { id, group } } })),
}

const links = {
  links: (id: string) => ok(client.GET('/api/v1/documents/{id}/links', { params: { path: { id } } })),
  newLink: (id: string, body: Schemas['LinkWish']) => ok(client.POST('/api/v1/documents/{id}/links', { params: { path: { id } }, body })),
  removeLink: (id: string, link: string) => ok(client.DELETE('/api/v1/documents/{id}/links/{link}', { params: { path: { id, link } } })),
  lookAtLink: (token: string) => ok(client.POST('/api/v1/links/look', { body: { token } })),
  enterLink: (body: Schemas['Coming']) => ok(client.POST('/api/v1/links/enter', { body })),
  guest: () => ok(client.GET('/api/v1/guest')),
}

export const api = { ...documents, ...tags, ...own, ...spaces, ...templates, ...sharing, ...links }
