import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { date, dateTime, isPast } from '../../../dates'
import { t } from '../messages'
import type { Notification } from '../api'

type Sentence = (what: { name: string; title: ReactNode }) => ReactNode

/** What a person did with a document. */
const WHAT: Record<string, Sentence> = {
  mention: t.mentionedYouIn, reply: t.repliedIn, assigned: t.assignedACommentIn, comment: t.commentedOn, suggestion: t.suggestedAChangeTo, share: t.sharedWithYou,
  'approval-requested': t.requestedYourApprovalOf, 'approval-changed': t.changedAnApprovedText,
  'watched-comment': t.commentedOn, 'watched-suggestion': t.suggestedAChangeTo, 'watched-edited': t.edited, 'watched-published': t.published,
  'approval-due': t.yourApprovalIsDueSoon, 'approval-overdue': t.yourApprovalIsOverdue, 'approval-moved': t.movedTheRequest,
}
const DECIDED: Record<string, Sentence> = { accepted: t.acceptedYourSuggestionIn, rejected: t.rejectedYourSuggestionIn }
const APPROVAL: Record<string, Sentence> = { approved: t.approved, rejected: t.rejected, withdrawn: t.canceledTheRequest }

/** What happened, as a sentence. */
function whatOf({ kind, result }: Notification): Sentence {
  if (kind === 'decided') return DECIDED[result ?? ''] ?? t.resolvedYourCommentIn
  if (kind === 'approval-decided') return APPROVAL[result ?? ''] ?? t.decidedOn
  return WHAT[kind] ?? t.didSomethingIn
}

const address = ({ kind, document_id, thread_id }: Notification) =>
  `/documents/${document_id}${thread_id ? `#thread=${thread_id}` : kind.startsWith('approval') ? '#approval' : ''}`

/** One notification. Following it marks it as read. */
export function NotificationRow({ one, onRead }: { one: Notification; onRead: (notification: string) => void }) {
  return (
    <li>
      <Link href={address(one)} onClick={() => !one.read_at && onRead(one.notification_id)} className="news">
        <span className="what">{whatOf(one)({ name: one.actor?.name || t.someone, title: <strong>{one.title}</strong> })}</span>
        {one.excerpt && <q>{one.excerpt}</q>}
        {one.due_at && <span className={isPast(one.due_at) ? 'due overdue' : 'due'}>{(isPast(one.due_at) ? t.overdueSince : t.dueBy)({ date: date(one.due_at) })}</span>}
        <time dateTime={one.created_at}>{dateTime(one.created_at)}</time>
      </Link>
    </li>
  )
}
