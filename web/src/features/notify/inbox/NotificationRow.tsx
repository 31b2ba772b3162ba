import { Link } from 'wouter'
import { dateTime } from '../../../dates'
import type { Notification } from '../api'

/** What happened, between the name of who did it and the title of the document. */
const WHAT: Record<string, string> = {
  mention: 'mentioned you in', reply: 'replied in', comment: 'commented on', share: 'shared with you',
  'approval-requested': 'requested your approval of', 'approval-changed': 'changed an approved text:',
  'watched-comment': 'commented on', 'watched-edited': 'edited', 'watched-published': 'published',
}

/** What was decided, in words. */
function whatOf({ kind, result }: Notification): string {
  if (kind === 'decided') {
    return { accepted: 'accepted your suggestion in', rejected: 'rejected your suggestion in' }[result ?? ''] ?? 'resolved your comment in'
  }
  if (kind === 'approval-decided') return result === 'rejected' ? 'rejected' : result === 'approved' ? 'approved' : 'decided on'
  return WHAT[kind] ?? 'did something in'
}

const address = ({ kind, document_id, thread_id }: Notification) =>
  `/documents/${document_id}${thread_id ? `#thread=${thread_id}` : kind.startsWith('approval') ? '#approval' : ''}`

/** One notification. Following it marks it as read. */
export function NotificationRow({ one, onRead }: { one: Notification; onRead: (notification: string) => void }) {
  const title = <strong>{one.title}</strong>
  return (
    <li>
      <Link href={address(one)} onClick={() => !one.read_at && onRead(one.notification_id)} className="news">
        <span className="what">{one.kind === 'approval-due' ? <>Your approval is due soon: {title}</> : <>{one.actor?.name || 'Someone'} {whatOf(one)} {title}</>}</span>
        {one.excerpt && <q>{one.excerpt}</q>}
        <time dateTime={one.created_at}>{dateTime(one.created_at)}</time>
      </Link>
    </li>
  )
}
