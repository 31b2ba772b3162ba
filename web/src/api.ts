// Every call to the server, through the typed client. A failed call throws a Problem.
import { Problem, type Schemas, createClient, ok } from '@consilium/client'

export { Problem }

export type Right = Schemas['Right']
export type Role = Schemas['Role']
export type Scope = Schemas['Scope']
export type Member = Schemas['Member'] & { role: Role }
export type Me = Schemas['Me'] & { role: Role }
export type DocumentView = Schemas['DocumentView']
export type Grant = Schemas['Grant'] & { level: Right }
export type GroupGrant = Schemas['GroupGrant'] & { level: Right }
export type Group = Schemas['Group']
export type Device = Schemas['OwnDevice']
export type ApiKey = Schemas['ApiKey']
export type Link = Schemas['Link']
export type Guest = Schemas['Guest']
export type Holder = Schemas['Holder']
export type Reason = Schemas['Reason']
export type AuditRow = Schemas['AuditRow']
export type ThreadView = Schemas['ThreadView']
export type CommentView = Schemas['CommentView']
export type Outcome = Schemas['Outcome']
export type Revision = Schemas['RevisionView']
export type ApprovalView = Schemas['ApprovalView']
export type StepWish = Schemas['StepWish']
export type Status = 'draft' | 'published' | 'archived'
export type Notification = Schemas['NotificationView']
export type MailChoices = Required<Schemas['MailChoices']>
export type Webhook = Schemas['WebhookView']
export type Delivery = Schemas['Delivery']
export type SetupState = Schemas['SetupState']
export type Membership = Schemas['Membership']
export type Sensitivity = 'public' | 'internal' | 'confidential' | 'restricted'

const client = createClient()

/** Others may change another field between reading and writing: then it is read again. */
const TRIES = 5

type Fields = Partial<{ title: string; open_level: Right | null; sensitivity: Sensitivity }>

async function changeDocument(id: string, fields: Fields): Promise<DocumentView> {
  for (let attempt = 1; ; attempt++) {
    const { version } = await api.document(id)
    try {
      const header = { 'If-Match': `"${version}"` }
      return await ok(client.PATCH('/api/v1/documents/{id}', { params: { path: { id }, header }, body: fields }))
    } catch (problem) {
      if (!(problem instanceof Problem && problem.code === 'precondition-failed' && attempt < TRIES)) throw problem
    }
  }
}

const raw = (picture: Blob) => ({ body: picture as unknown as number[], bodySerializer: () => picture, headers: { 'content-type': 'application/octet-stream' } })

/** Signing in, and proving who one is. */
const signing = {
  refresh: () => ok(client.POST('/api/v1/auth/refresh')).then(() => true, () => false),
  setupState: () => ok(client.GET('/api/v1/setup')),
  setup: (body: Schemas['Founding']) => ok(client.POST('/api/v1/setup', { body })),
  signIn: (body: Schemas['SignIn']) => ok(client.POST('/api/v1/auth/sign-in', { body })),
  signOut: () => ok(client.POST('/api/v1/auth/sign-out')),
  forgotten: (email: string) => ok(client.POST('/api/v1/auth/forgotten', { body: { email } })),
  reset: (body: Schemas['Reset']) => ok(client.POST('/api/v1/auth/reset', { body })),
  stopMails: (token: string) => ok(client.POST('/api/v1/mails/stop/{token}', { params: { path: { token } } })),
  verify: (token: string) => ok(client.POST('/api/v1/auth/verify', { body: { token } })),
}

/** One's own account. */
const account = {
  me: () => ok(client.GET('/api/v1/me')) as Promise<Me>,
  changeProfile: (body: Schemas['ProfileChange']) => ok(client.PATCH('/api/v1/me', { body })),
  changePassword: (body: Schemas['NewPassword']) => ok(client.POST('/api/v1/me/password', { body })),
  mailChoices: () => ok(client.GET('/api/v1/me/mails')) as Promise<MailChoices>,
  chooseMails: (body: MailChoices) => ok(client.PUT('/api/v1/me/mails', { body })),
  sendVerification: () => ok(client.POST('/api/v1/me/verification')),
  devices: () => ok(client.GET('/api/v1/me/sessions')),
  endDevice: (id: string) => ok(client.DELETE('/api/v1/me/sessions/{id}', { params: { path: { id } } })),
  endOtherDevices: () => ok(client.DELETE('/api/v1/me/sessions')),
  beginSecondStep: (password: string) => ok(client.POST('/api/v1/me/totp', { body: { password } })),
  confirmSecondStep: (code: string) => ok(client.PUT('/api/v1/me/totp', { body: { code } })),
  endSecondStep: (password: string) => ok(client.DELETE('/api/v1/me/totp', { body: { password } })),
  setAvatar: (picture: Blob) => ok(client.PUT('/api/v1/me/avatar', raw(picture))),
  removeAvatar: () => ok(client.DELETE('/api/v1/me/avatar')),
  eraseMe: (password: string) => ok(client.DELETE('/api/v1/me', { body: { password } })),
  workspaces: () => ok(client.GET('/api/v1/workspaces')),
  newWorkspace: (name: string) => ok(client.POST('/api/v1/workspaces', { body: { name } })),
  enterWorkspace: (workspace_id: string) => ok(client.PUT('/api/v1/me/workspace', { body: { workspace_id } })),
  keys: () => ok(client.GET('/api/v1/keys')),
  newKey: (body: Schemas['KeyWish']) => ok(client.POST('/api/v1/keys', { body })),
  removeKey: (key: string) => ok(client.DELETE('/api/v1/keys/{key}', { params: { path: { key } } })),
}

/** The people of the workspace, and what they did. */
const people = {
  members: () => ok(client.GET('/api/v1/members')) as Promise<Member[]>,
  disabledMembers: () => ok(client.GET('/api/v1/members', { params: { query: { disabled: true } } })) as Promise<Member[]>,
  changeMember: (account: string, body: Schemas['MemberChange']) => ok(client.PATCH('/api/v1/members/{account}', { params: { path: { account } }, body })),
  removeMember: (account: string) => ok(client.DELETE('/api/v1/members/{account}', { params: { path: { account } } })),
  eraseMember: (account: string) => ok(client.POST('/api/v1/members/{account}/erase', { params: { path: { account } } })),
  resetLink: (account: string) => ok(client.POST('/api/v1/members/{account}/reset-link', { params: { path: { account } } })),
  endMembersSecondStep: (account: string) => ok(client.DELETE('/api/v1/members/{account}/totp', { params: { path: { account } } })),
  invite: (body: Schemas['NewInvite']) => ok(client.POST('/api/v1/invites', { body })),
  acceptInvite: (token: string, body: Schemas['NewPerson']) => ok(client.POST('/api/v1/invites/{token}/accept', { params: { path: { token } }, body })),
  joinByInvite: (token: string) => ok(client.POST('/api/v1/invites/{token}/join', { params: { path: { token } } })),
  groups: () => ok(client.GET('/api/v1/groups')),
  newGroup: (name: string) => ok(client.POST('/api/v1/groups', { body: { name } })),
  removeGroup: (group: string) => ok(client.DELETE('/api/v1/groups/{group}', { params: { path: { group } } })),
  groupMembers: (group: string) => ok(client.GET('/api/v1/groups/{group}/members', { params: { path: { group } } })),
  joinGroup: (group: string, account: string) => ok(client.PUT('/api/v1/groups/{group}/members/{account}', { params: { path: { group, account } } })),
  leaveGroup: (group: string, account: string) => ok(client.DELETE('/api/v1/groups/{group}/members/{account}', { params: { path: { group, account } } })),
  audit: (query: { action?: string; outcome?: string; actor?: string; reads?: boolean; cursor?: string }) => ok(client.GET('/api/v1/audit', { params: { query } })),
}

/** Documents, and who may do what to them. */
const documents = {
  documents: (query: { q: string; trashed: boolean; cursor?: string }) => ok(client.GET('/api/v1/documents', { params: { query } })),
  create: (title: string) => ok(client.POST('/api/v1/documents', { body: { title } })),
  document: (id: string) => ok(client.GET('/api/v1/documents/{id}', { params: { path: { id } } })),
  change: changeDocument,
  trash: (id: string) => ok(client.DELETE('/api/v1/documents/{id}', { params: { path: { id } } })),
  restore: (id: string) => ok(client.POST('/api/v1/documents/{id}/restore', { params: { path: { id } } })),
  access: (id: string) => ok(client.GET('/api/v1/documents/{id}/access', { params: { path: { id } } })),
  shares: (id: string) => ok(client.GET('/api/v1/documents/{id}/shares', { params: { path: { id } } })) as Promise<Grant[]>,
  share: (id: string, account: string, level: Right, expires_at: string | null) => ok(client.PUT('/api/v1/documents/{id}/shares/{account}', { params: { path: { id, account } }, body: { level, expires_at } })),
  unshare: (id: string, account: string) => ok(client.DELETE('/api/v1/documents/{id}/shares/{account}', { params: { path: { id, account } } })),
  groupShares: (id: string) => ok(client.GET('/api/v1/documents/{id}/group-shares', { params: { path: { id } } })) as Promise<GroupGrant[]>,
  shareWithGroup: (id: string, group: string, level: Right, expires_at: string | null) => ok(client.PUT('/api/v1/documents/{id}/group-shares/{group}', { params: { path: { id, group } }, body: { level, expires_at } })),
  unshareWithGroup: (id: string, group: string) => ok(client.DELETE('/api/v1/documents/{id}/group-shares/{group}', { params: { path: { id, group } } })),
  links: (id: string) => ok(client.GET('/api/v1/documents/{id}/links', { params: { path: { id } } })),
  newLink: (id: string, body: Schemas['LinkWish']) => ok(client.POST('/api/v1/documents/{id}/links', { params: { path: { id } }, body })),
  removeLink: (id: string, link: string) => ok(client.DELETE('/api/v1/documents/{id}/links/{link}', { params: { path: { id, link } } })),
  lookAtLink: (token: string) => ok(client.POST('/api/v1/links/look', { body: { token } })),
  enterLink: (body: Schemas['Coming']) => ok(client.POST('/api/v1/links/enter', { body })),
  guest: () => ok(client.GET('/api/v1/guest')),
}

type Remark = Schemas['Remark']
/** Two relative positions, as Yjs writes them; to the description they are objects. */
type AnchorWish = { start: Record<string, unknown>; end: Record<string, unknown> }
interface ThreadWish {
  body: string
  mentions: Remark['mentions']
  anchor?: AnchorWish
  replacement?: string
}

/** All pages of the threads of a document. */
async function threads(id: string): Promise<Schemas['ThreadView'][]> {
  const all: Schemas['ThreadView'][] = []
  for (let cursor: string | undefined; ; ) {
    const page = await ok(client.GET('/api/v1/documents/{id}/threads', { params: { path: { id }, query: { limit: 500, ...(cursor && { cursor }) } } }))
    all.push(...page.items)
    if (!page.next) return all
    cursor = page.next
  }
}

/** What is said about a document. */
const comments = {
  threads,
  newThread: (id: string, { anchor, ...wish }: ThreadWish) =>
    ok(client.POST('/api/v1/documents/{id}/threads', {
      params: { path: { id } },
      body: { ...wish, ...(anchor && { passage: { start: anchor.start as Record<string, never>, end: anchor.end as Record<string, never> } }) },
    })),
  reply: (id: string, thread: string, body: Remark) => ok(client.POST('/api/v1/documents/{id}/threads/{thread}/comments', { params: { path: { id, thread } }, body })),
  editComment: (id: string, comment: string, body: Remark) => ok(client.PATCH('/api/v1/documents/{id}/comments/{comment}', { params: { path: { id, comment } }, body })),
  removeComment: (id: string, comment: string) => ok(client.DELETE('/api/v1/documents/{id}/comments/{comment}', { params: { path: { id, comment } } })),
  react: (id: string, comment: string, emoji: string, on: boolean) => {
    const params = { path: { id, comment, emoji } }
    return on ? ok(client.PUT('/api/v1/documents/{id}/comments/{comment}/reactions/{emoji}', { params })) : ok(client.DELETE('/api/v1/documents/{id}/comments/{comment}/reactions/{emoji}', { params }))
  },
  resolveThread: (id: string, thread: string, body: Schemas['Resolution']) => ok(client.POST('/api/v1/documents/{id}/threads/{thread}/resolve', { params: { path: { id, thread } }, body })),
  reopenThread: (id: string, thread: string) => ok(client.POST('/api/v1/documents/{id}/threads/{thread}/reopen', { params: { path: { id, thread } } })),
  acceptSuggestion: (id: string, thread: string) => ok(client.POST('/api/v1/documents/{id}/threads/{thread}/accept', { params: { path: { id, thread } } })),
  rejectSuggestion: (id: string, thread: string) => ok(client.POST('/api/v1/documents/{id}/threads/{thread}/reject', { params: { path: { id, thread } }, body: {} })),
  acceptSuggestions: (id: string, author: string) => ok(client.POST('/api/v1/documents/{id}/suggestions/accept', { params: { path: { id } }, body: { author } })),
}

/** States of a document that were kept: enough of them for a panel. */
const revisions = {
  revisions: (id: string) => ok(client.GET('/api/v1/documents/{id}/revisions', { params: { path: { id }, query: { limit: 200 } } })).then(({ items }) => items),
  revision: (id: string, revision: string) => ok(client.GET('/api/v1/documents/{id}/revisions/{revision}', { params: { path: { id, revision } } })),
  authors: (id: string, passage: object) => ok(client.GET('/api/v1/documents/{id}/authors', { params: { path: { id }, query: { passage: JSON.stringify(passage) } } })),
  unread: (id: string) => ok(client.GET('/api/v1/documents/{id}/unread', { params: { path: { id } } })),
  /** It outlives the page that says it. */
  noteReading: (id: string) => ok(client.PUT('/api/v1/documents/{id}/reading', { params: { path: { id } }, keepalive: true })),
  newRevision: (id: string, name: string) => ok(client.POST('/api/v1/documents/{id}/revisions', { params: { path: { id } }, body: { name } })),
  nameRevision: (id: string, revision: string, name: string) => ok(client.PATCH('/api/v1/documents/{id}/revisions/{revision}', { params: { path: { id, revision } }, body: { name } })),
  restoreRevision: (id: string, revision: string) => ok(client.POST('/api/v1/documents/{id}/revisions/{revision}/restore', { params: { path: { id, revision } } })),
  undoRestore: (id: string, revision: string) => ok(client.POST('/api/v1/documents/{id}/revisions/{revision}/undo', { params: { path: { id, revision } } })),
  changesAsHtml: (id: string, between: { from?: string; to?: string }) =>
    ok(client.GET('/api/v1/documents/{id}/changes', { params: { path: { id }, query: { ...between, format: 'html' } }, parseAs: 'text' })) as Promise<string>,
}

/** Who must agree, and who did. */
const approvals = {
  workflows: () => ok(client.GET('/api/v1/workflows')),
  newWorkflow: (body: Schemas['WorkflowWish']) => ok(client.POST('/api/v1/workflows', { body })),
  removeWorkflow: (workflow: string) => ok(client.DELETE('/api/v1/workflows/{workflow}', { params: { path: { workflow } } })),
  approvals: (id: string) => ok(client.GET('/api/v1/documents/{id}/approvals', { params: { path: { id } } })),
  requestApproval: (id: string, body: Schemas['ApprovalWish']) => ok(client.POST('/api/v1/documents/{id}/approvals', { params: { path: { id } }, body })),
  decide: (id: string, approval: string, verdict: 'approve' | 'reject', note: string) => ok(client.POST('/api/v1/documents/{id}/approvals/{approval}/decide', { params: { path: { id, approval } }, body: { verdict, note } })),
  delegateApproval: (id: string, approval: string, to: string, note: string) => ok(client.POST('/api/v1/documents/{id}/approvals/{approval}/delegate', { params: { path: { id, approval } }, body: { to, note } })),
  withdrawApproval: (id: string, approval: string, note: string) => ok(client.POST('/api/v1/documents/{id}/approvals/{approval}/withdraw', { params: { path: { id, approval } }, body: { note } })),
  setStatus: (id: string, status: Status) => ok(client.POST('/api/v1/documents/{id}/status', { params: { path: { id } }, body: { status } })),
}

/** Where other programs hear of what is done. */
const webhooks = {
  webhooks: () => ok(client.GET('/api/v1/webhooks')),
  newWebhook: (body: Schemas['WebhookWish']) => ok(client.POST('/api/v1/webhooks', { body })),
  changeWebhook: (webhook: string, body: Schemas['WebhookWish']) => ok(client.PUT('/api/v1/webhooks/{webhook}', { params: { path: { webhook } }, body })),
  removeWebhook: (webhook: string) => ok(client.DELETE('/api/v1/webhooks/{webhook}', { params: { path: { webhook } } })),
  pingWebhook: (webhook: string) => ok(client.POST('/api/v1/webhooks/{webhook}/ping', { params: { path: { webhook } } })),
  renewWebhookSecret: (webhook: string) => ok(client.POST('/api/v1/webhooks/{webhook}/secret', { params: { path: { webhook } } })),
  deliveries: (webhook: string, failed: boolean) => ok(client.GET('/api/v1/webhooks/{webhook}/deliveries', { params: { path: { webhook }, query: { failed } } })).then(({ items }) => items),
  replay: (webhook: string, delivery: string) => ok(client.POST('/api/v1/webhooks/{webhook}/deliveries/{delivery}/replay', { params: { path: { webhook, delivery } } })),
  replayFailed: (webhook: string) => ok(client.POST('/api/v1/webhooks/{webhook}/replay', { params: { path: { webhook } } })),
}

/** How threads ended, over all documents. */
const decisions = {
  decisions: (cursor: string) => ok(client.GET('/api/v1/decisions', { params: { query: cursor ? { cursor } : {} } })),
}

/** What one should hear of; enough of it for a page. */
const inbox = {
  inbox: (unread: boolean) => ok(client.GET('/api/v1/inbox', { params: { query: { unread, limit: 200 } } })).then(({ items }) => items),
  readNotifications: (notifications?: string[]) => ok(client.POST('/api/v1/inbox/read', { body: notifications ? { notifications } : {} })),
}

export const api = { ...signing, ...account, ...people, ...documents, ...comments, ...revisions, ...approvals, ...webhooks, ...decisions, ...inbox }
