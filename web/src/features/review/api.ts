// Calls for comments and suggestions, revisions, authorship, and approvals.
import { type Schemas, client, ok } from '../../client'
import { endOfDay, startOfDay } from '../../dates'

export type ThreadView = Schemas['ThreadView']
export type CommentView = Schemas['CommentView']
export type Outcome = Schemas['Outcome']
export type Revision = Schemas['RevisionView']
export type ApprovalView = Schemas['ApprovalView']
/**
 * What is shown of a revision: the changes since then, the changes that it made, or its text; or the authors of the
 * current text.
 */
export type Compared = 'now' | 'before' | 'text' | 'authors'
export type Decision = Schemas['DecisionView']
export type OpenQuestion = Schemas['OpenQuestion']
/** Which decisions are listed; empty for all. */
export interface DecisionRange {
  document: string
  person: string
  kind: '' | 'comment' | 'suggestion' | 'approval'
  /** Days, as date fields have them. */
  since: string
  until: string
}
export type StepWish = Schemas['StepWish']

/** The address of a comment. */
export const commentPath = (id: string, comment: string): string => `/api/v1/documents/${id}/comments/${comment}`

/** The address of a comparison as a file. */
export const comparisonFile = (id: string, between: { from?: string; to?: string }, format: 'pdf' | 'docx'): string =>
  `/api/v1/documents/${id}/changes/export?${new URLSearchParams({ ...between, format })}`

type Remark = Schemas['Remark']
/** Two relative positions in the JSON of Yjs; in the OpenAPI document they are plain objects. */
type AnchorWish = { start: Record<string, unknown>; end: Record<string, unknown> }
interface ThreadWish {
  body: string
  mentions: Remark['mentions']
  anchor?: AnchorWish
  media?: { attachment: string } | { src: string }
}

/** All pages of the threads of a document. */
async function threads(id: string): Promise<ThreadView[]> {
  const all: ThreadView[] = []
  for (let cursor: string | undefined; ; ) {
    const page = await ok(client.GET('/api/v1/documents/{id}/threads', { params: { path: { id }, query: { limit: 500, ...(cursor && { cursor }) } } }))
    all.push(...page.items)
    if (!page.next) return all
    cursor = page.next
  }
}

const comments = {
  threads,
  newThread: (id: string, { anchor, media, ...wish }: ThreadWish) =>
    ok(client.POST('/api/v1/documents/{id}/threads', {
      params: { path: { id } },
      body: { ...wish, ...(anchor && { passage: { start: anchor.start as Record<string, never>, end: anchor.end as Record<string, never> } }), ...(media && { media }) },
    })),
  reply: (id: string, thread: string, body: Remark) => ok(client.POST('/api/v1/documents/{id}/threads/{thread}/comments', { params: { path: { id, thread } }, body })),
  editComment: (id: string, comment: string, body: Remark) => ok(client.PATCH('/api/v1/documents/{id}/comments/{comment}', { params: { path: { id, comment } }, body })),
  react: (id: string, comment: string, emoji: string, on: boolean) => {
    const params = { path: { id, comment, emoji } }
    return on ? ok(client.PUT('/api/v1/documents/{id}/comments/{comment}/reactions/{emoji}', { params })) : ok(client.DELETE('/api/v1/documents/{id}/comments/{comment}/reactions/{emoji}', { params }))
  },
  resolveThread: (id: string, thread: string, body: Schemas['Resolution']) => ok(client.POST('/api/v1/documents/{id}/threads/{thread}/resolve', { params: { path: { id, thread } }, body })),
  assignThread: (id: string, thread: string, account: string, due_at?: string) => ok(client.PUT('/api/v1/documents/{id}/threads/{thread}/assignee', { params: { path: { id, thread } }, body: { account, ...(due_at && { due_at }) } })),
  unassignThread: (id: string, thread: string) => ok(client.DELETE('/api/v1/documents/{id}/threads/{thread}/assignee', { params: { path: { id, thread } } })),
  reopenThread: (id: string, thread: string) => ok(client.POST('/api/v1/documents/{id}/threads/{thread}/reopen', { params: { path: { id, thread } } })),
}

/** One page of revisions is enough for a panel. */
const revisions = {
  revisions: (id: string) => ok(client.GET('/api/v1/documents/{id}/revisions', { params: { path: { id }, query: { limit: 200 } } })).then(({ items }) => items),
  /** Named revisions, also those that are older than a page of all. */
  namedRevisions: (id: string) => ok(client.GET('/api/v1/documents/{id}/revisions', { params: { path: { id }, query: { limit: 200, named: true } } })).then(({ items }) => items),
  /** The revision that was kept before another one; null for the first. */
  revisionBefore: (id: string, revision: string) => ok(client.GET('/api/v1/documents/{id}/revisions', { params: { path: { id }, query: { limit: 1, cursor: revision } } })).then(({ items }) => items[0] ?? null),
  revision: (id: string, revision: string) => ok(client.GET('/api/v1/documents/{id}/revisions/{revision}', { params: { path: { id, revision } } })),
  unread: (id: string) => ok(client.GET('/api/v1/documents/{id}/unread', { params: { path: { id } } })),
  /** Sent when the page closes; `keepalive` lets the request outlive the page. */
  noteReading: (id: string) => ok(client.PUT('/api/v1/documents/{id}/reading', { params: { path: { id } }, keepalive: true })),
  newRevision: (id: string, name: string) => ok(client.POST('/api/v1/documents/{id}/revisions', { params: { path: { id } }, body: { name } })),
  nameRevision: (id: string, revision: string, name: string) => ok(client.PATCH('/api/v1/documents/{id}/revisions/{revision}', { params: { path: { id, revision } }, body: { name } })),
  restoreRevision: (id: string, revision: string) => ok(client.POST('/api/v1/documents/{id}/revisions/{revision}/restore', { params: { path: { id, revision } } })),
  restoreBlock: (id: string, revision: string, block: number) => ok(client.POST('/api/v1/documents/{id}/revisions/{revision}/blocks/{block}/restore', { params: { path: { id, revision, block } } })),
  undoRestore: (id: string, revision: string) => ok(client.POST('/api/v1/documents/{id}/revisions/{revision}/undo', { params: { path: { id, revision } } })),
  revisionAsHtml: (id: string, revision: string) =>
    ok(client.GET('/api/v1/documents/{id}/revisions/{revision}/content', { params: { path: { id, revision }, query: { format: 'html' } }, parseAs: 'text' })) as Promise<string>,
  /** With the authors of the changes. */
  changesAsHtml: (id: string, between: { from?: string; to?: string; view: 'blocks' | 'sides' }) =>
    ok(client.GET('/api/v1/documents/{id}/changes', { params: { path: { id }, query: { ...between, authors: true, format: 'html' } }, parseAs: 'text' })) as Promise<string>,
}

const authorship = {
  authors: (id: string, passage: object) => ok(client.GET('/api/v1/documents/{id}/authors', { params: { path: { id }, query: { passage: JSON.stringify(passage) } } })),
}

const approvals = {
  approvals: (id: string) => ok(client.GET('/api/v1/documents/{id}/approvals', { params: { path: { id } } })),
  requestApproval: (id: string, body: Schemas['ApprovalWish']) => ok(client.POST('/api/v1/documents/{id}/approvals', { params: { path: { id } }, body })),
  /** `revision` is the revision that the person has read: the server refuses a decision if the request has moved. */
  decide: (id: string, approval: string, revision: string, verdict: 'approve' | 'reject', note: string) =>
    ok(client.POST('/api/v1/documents/{id}/approvals/{approval}/decide', { params: { path: { id, approval } }, body: { verdict, note, revision_id: revision } })),
  moveApproval: (id: string, approval: string, revision: string, note: string) => ok(client.POST('/api/v1/documents/{id}/approvals/{approval}/move', { params: { path: { id, approval } }, body: { note, revision_id: revision } })),
  setDue: (id: string, approval: string, due: string | null) => ok(client.PATCH('/api/v1/documents/{id}/approvals/{approval}', { params: { path: { id, approval } }, body: { due_at: due } })),
  delegateApproval: (id: string, approval: string, to: string, note: string) => ok(client.POST('/api/v1/documents/{id}/approvals/{approval}/delegate', { params: { path: { id, approval } }, body: { to, note } })),
  withdrawApproval: (id: string, approval: string, note: string) => ok(client.POST('/api/v1/documents/{id}/approvals/{approval}/withdraw', { params: { path: { id, approval } }, body: { note } })),
}

const workflows = {
  workflows: () => ok(client.GET('/api/v1/workflows')),
  newWorkflow: (body: Schemas['WorkflowWish']) => ok(client.POST('/api/v1/workflows', { body })),
  removeWorkflow: (workflow: string) => ok(client.DELETE('/api/v1/workflows/{workflow}', { params: { path: { workflow } } })),
}

/** The query of a range: what is empty does not restrict it, and the last day is included. */
export function queryOf({ document, person, kind, since, until }: DecisionRange) {
  return {
    ...(document && { document }), ...(person && { person }), ...(kind && { kind }),
    ...(since && { since: startOfDay(since) }), ...(until && { until: endOfDay(until) }),
  }
}

const decisions = {
  decisions: (range: DecisionRange, cursor: string) => ok(client.GET('/api/v1/decisions', { params: { query: { ...queryOf(range), ...(cursor && { cursor }) } } })),
  openQuestions: ({ document, kind }: DecisionRange, cursor: string) =>
    ok(client.GET('/api/v1/decisions/open', { params: { query: { ...(document && { document }), ...(kind && { kind }), ...(cursor && { cursor }) } } })),
}

export const api = { ...comments, ...revisions, ...authorship, ...approvals, ...workflows, ...decisions }
