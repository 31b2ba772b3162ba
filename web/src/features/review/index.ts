// The public part of the review feature.
import { lazy } from 'react'

export type { Compared, Revision, ThreadView } from './api'
export { ApprovalBanner } from './approvals/ApprovalBanner'
export type { Reviewed } from './approvals/reviewed'
export type { Anchor, Marked, MarkedMedia, Media, NewThread, PassageKind } from './comments/threads'
export { DecisionsPage } from './decisions/DecisionsPage'
export { ApprovalPanel, AuthorsPanel, CommentsPanel, Comparison, Discussion, HistoryPanel, ReviewedText } from './panels'
export { approvalsKey, commentsIn, useFindRevision, useThreads } from './queries'
export { UnreadBanner } from './revisions/UnreadBanner'

// Loaded when it is first opened.
export const WorkflowsPage = lazy(() => import('./workflows/WorkflowsPage').then((module) => ({ default: module.WorkflowsPage })))
