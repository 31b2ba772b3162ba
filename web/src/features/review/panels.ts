// The panels beside the text, each loaded when it is first opened.
import { lazily } from '../../elements/lazily'

export const ApprovalPanel = lazily(() => import('./approvals/ApprovalPanel'), 'ApprovalPanel')
export const AuthorsPanel = lazily(() => import('./authorship/AuthorsPanel'), 'AuthorsPanel')
export const CommentsPanel = lazily(() => import('./comments/CommentsPanel'), 'CommentsPanel')
export const Comparison = lazily(() => import('./revisions/Comparison'), 'Comparison')
export const Discussion = lazily(() => import('./comments/Discussion'), 'Discussion')
export const ReviewedText = lazily(() => import('./approvals/ReviewedText'), 'ReviewedText')
export const HistoryPanel = lazily(() => import('./revisions/HistoryPanel'), 'HistoryPanel')
