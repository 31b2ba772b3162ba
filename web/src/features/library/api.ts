// Calls for lists of documents, their metadata, and their shares with people, groups and links.
import { Problem, type Schemas, client, ok } from '../../client'
import type { Right } from '../../rights'

export type DocumentView = Schemas['DocumentView']
export type Grant = Schemas['Grant'] & { level: Right }
export type GroupGrant = Schemas['GroupGrant'] & { level: Right }
export type Guest = Schemas['Guest']
export type Holder = Schemas['Holder']
export type Reason = Schemas['Reason']
export type Sensitivity = 'public' | 'internal' | 'confidential' | 'restricted'

/** Another client may change the document between reading and writing: read it again then. */
const TRIES = 5

type Fields = Partial<{ title: string; open_level: Right | null; sensitivity: Sensitivity }>

async function changeDocument(id: string, fields: Fields): Promise<DocumentView> {
  for (let attempt = 1; ; attempt++) {
    const { version } = await documents.document(id)
    try {
      const header = { 'If-Match': `"${version}"` }
      return await ok(client.PATCH('/api/v1/documents/{id}', { params: { path: { id }, header }, body: fields }))
    } catch (problem) {
      if (!(problem instanceof Problem && problem.code === 'precondition-failed' && attempt < TRIES)) throw problem
    }
  }
}

const documents = {
  documents: (query: { q: string; trashed: boolean; cursor?: string }) => ok(client.GET('/api/v1/documents', { params: { query } })),
  create: (title: string) => ok(client.POST('/api/v1/documents', { body: { title } })),
  document: (id: string) => ok(client.GET('/api/v1/documents/{id}', { params: { path: { id } } })),
  change: changeDocument,
  trash: (id: string) => ok(client.DELETE('/api/v1/documents/{id}', { params: { path: { id } } })),
  restore: (id: string) => ok(client.POST('/api/v1/documents/{id}/restore', { params: { path: { id } } })),
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

export const api = { ...documents, ...sharing, ...links }
