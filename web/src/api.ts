// Every call to the server, typed. A failed call throws a Problem.

export type Right = 'view' | 'comment' | 'edit' | 'approve' | 'admin'
export type Role = 'viewer' | 'analyst' | 'manager' | 'admin'

export interface Member {
  account_id: string
  email: string
  name: string
  color: string
  role: Role
  is_owner: boolean
}
export interface Me extends Member {
  workspace_id: string
}
export interface DocumentView {
  id: string
  title: string
  kind: string
  status: string
  open_level: Right | null
  updated_at: string
  version: number
  words: number
  trashed_at: string | null
  right?: Right
}
export interface Grant {
  account_id: string
  name: string
  email: string
  color: string
  level: Right
  expires_at: string | null
}

export interface Device {
  session_id: string
  agent: string
  signed_in_at: string
  last_seen_at: string
  current: boolean
}

/** RFC 9457, as the server sends it. */
export class Problem extends Error {
  constructor(readonly status: number, readonly code: string, detail: string) {
    super(detail)
  }
}

async function once(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
  const init: RequestInit = { method, headers: { ...headers } }
  if (body !== undefined) {
    init.body = JSON.stringify(body)
    init.headers = { ...headers, 'content-type': 'application/json' }
  }
  return fetch(`/api/v1${path}`, init)
}

/** Tabs share one refresh: two at once would both be right, but one is enough. */
let refreshing: Promise<boolean> | null = null
const refresh = (): Promise<boolean> => {
  refreshing ??= once('POST', '/auth/refresh').then((response) => response.ok).finally(() => (refreshing = null))
  return refreshing
}

async function call<T>(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<T> {
  let response = await once(method, path, body, headers)
  const mayRefresh = response.status === 401 && !path.startsWith('/auth/')
  if (mayRefresh && (await refresh())) response = await once(method, path, body, headers)
  if (!response.ok) {
    const problem = await response.json().catch(() => ({ code: 'unreachable', detail: 'The server gave no answer.' }))
    throw new Problem(response.status, problem.code, problem.detail)
  }
  return (response.status === 204 ? undefined : await response.json()) as T
}

/** Others may change another field between reading and writing: then it is read again. */
const TRIES = 5

async function changeDocument(id: string, fields: Partial<Pick<DocumentView, 'title' | 'open_level'>>): Promise<DocumentView> {
  for (let attempt = 1; ; attempt++) {
    const { version } = await api.document(id)
    try {
      return await call<DocumentView>('PATCH', `/documents/${id}`, fields, { 'if-match': `"${version}"` })
    } catch (problem) {
      if (!(problem instanceof Problem && problem.code === 'precondition-failed' && attempt < TRIES)) throw problem
    }
  }
}

export const api = {
  refresh,
  setupState: () => call<{ needed: boolean; open: boolean }>('GET', '/setup'),
  setup: (body: { secret: string; workspace: string; name: string; email: string; password: string }) => call<Me>('POST', '/setup', body),
  signIn: (body: { email: string; password: string }) => call<Me>('POST', '/auth/sign-in', body),
  signOut: () => call<void>('POST', '/auth/sign-out'),
  me: () => call<Me>('GET', '/me'),
  changeProfile: (body: { name: string; color: string }) => call<void>('PATCH', '/me', body),
  changePassword: (body: { old: string; new: string }) => call<void>('POST', '/me/password', body),
  devices: () => call<Device[]>('GET', '/me/sessions'),
  endDevice: (id: string) => call<void>('DELETE', `/me/sessions/${id}`),
  endOtherDevices: () => call<void>('DELETE', '/me/sessions'),
  members: () => call<Member[]>('GET', '/members'),
  disabledMembers: () => call<Member[]>('GET', '/members?disabled=true'),
  changeMember: (account: string, body: { role?: Role; disabled?: boolean }) => call<void>('PATCH', `/members/${account}`, body),
  invite: (role: Role) => call<{ url: string; expires_at: string }>('POST', '/invites', { role }),
  acceptInvite: (token: string, body: { name: string; email: string; password: string }) => call<Me>('POST', `/invites/${token}/accept`, body),
  documents: (search: { q: string; trashed: boolean; cursor?: string }) => {
    const query = new URLSearchParams({ q: search.q, trashed: String(search.trashed) })
    if (search.cursor) query.set('cursor', search.cursor)
    return call<{ items: DocumentView[]; next?: string }>('GET', `/documents?${query}`)
  },
  create: (title: string) => call<DocumentView>('POST', '/documents', { title }),
  document: (id: string) => call<DocumentView>('GET', `/documents/${id}`),
  change: changeDocument,
  trash: (id: string) => call<DocumentView>('DELETE', `/documents/${id}`),
  restore: (id: string) => call<DocumentView>('POST', `/documents/${id}/restore`),
  shares: (id: string) => call<Grant[]>('GET', `/documents/${id}/shares`),
  share: (id: string, account: string, level: Right, expires_at: string | null) => call<void>('PUT', `/documents/${id}/shares/${account}`, { level, expires_at }),
  unshare: (id: string, account: string) => call<void>('DELETE', `/documents/${id}/shares/${account}`),
}
