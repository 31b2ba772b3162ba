// The public part of the review feature.
export type { Compared, Revision, ThreadView } from './api'
export { ApprovalBanner } from './approvals/ApprovalBanner'
export type { Anchor, Marked, NewThread } from './comments/threads'
export { DecisionsPage } from './decisions/DecisionsPage'
export { ApprovalPanel, AuthorsPanel, CommentsPanel, Comparison, HistoryPanel } from './panels'
export { approvalsKey, useFindRevision, useThreads } from './queries'
export { UnreadBanner } from './revisions/UnreadBanner'
export { WorkflowsPage } from './workflows/WorkflowsPage'
