import { Link } from 'wouter'
import { date, dateTime, isPast } from '../../../dates'
import type { Assignment as Assigned } from '../api'
import { t } from '../messages'

/** A comment that the reader is to take care of. It is listed until that is done, even if its notification was read. */
export function Assignment({ one, onOpen }: { one: Assigned; onOpen: () => void }) {
  const { thread_id, document_id, title, quote, excerpt, assigned_by, assigned_at, due_at } = one
  return (
    <li>
      <Link href={`/documents/${document_id}#thread=${thread_id}`} onClick={onOpen} className="news">
        <span className="what">{t.assignedACommentIn({ name: assigned_by?.name || t.someone, title: <strong>{title}</strong> })}</span>
        <q>{quote ? `${quote} – ${excerpt}` : excerpt}</q>
        {due_at && <span className={isPast(due_at) ? 'due overdue' : 'due'}>{(isPast(due_at) ? t.overdueSince : t.dueBy)({ date: date(due_at) })}</span>}
        <time dateTime={assigned_at}>{dateTime(assigned_at)}</time>
      </Link>
    </li>
  )
}
