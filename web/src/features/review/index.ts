// The public part of the review feature.
import { lazyPage } from '../../elements/lazily'

export type { Compared, Revision, ThreadView } from './api'
export { ApprovalBanner } from './approvals/ApprovalBanner'
export type { Reviewed } from './approvals/reviewed'
export type { Anchor, Marked, MarkedMedia, Media, NewThread, PassageKind } from './comments/threads'
export { ApprovalPanel, AuthorsPanel, CommentsPanel, Comparison, Discussion, HistoryPanel, ReviewedText } from './panels'
export { approvalsKey, commentsIn, useFindRevision, useThreads } from './queries'
export { UnreadBanner } from './revisions/UnreadBanner'

// Each is loaded when it is first opened.
export const DecisionsPage = lazyPage(() => import('./decisions/DecisionsPage'), 'DecisionsPage')
export const WorkflowsPage = lazyPage(() => import('./workflows/WorkflowsPage'), 'WorkflowsPage')
