// The comments that wait for the reader, on the home page.
import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { date, isPast } from '../../../dates'
import { useLive } from '../../../sync/refetch'
import { api } from '../api'
import { t } from '../messages'

const KEY = ['assignments']

/** Nothing if there are none. */
export function Assignments() {
  // An assignment is announced by a notification.
  useLive('inbox', KEY)
  const { data = [] } = useQuery({ queryKey: KEY, queryFn: api.assignments })
  if (data.length === 0) return null
  return (
    <section className="stack" aria-label={t.assignedToYou}>
      <h2 className="eyebrow">{t.assignedToYou}</h2>
      <ul>
        {data.map(({ thread_id, document_id, title, quote, excerpt, assigned_by, due_at }) => (
          <li key={thread_id}>
            <Link href={`/documents/${document_id}#thread=${thread_id}`} className="news">
              <span className="what">{t.aCommentInBy({ title: <strong>{title}</strong>, name: assigned_by?.name ?? t.someone })}</span>
              <q>{quote ? `${quote} – ${excerpt}` : excerpt}</q>
              {due_at && <time dateTime={due_at} className={isPast(due_at) ? 'overdue' : undefined}>{isPast(due_at) ? t.overdueSince({ date: date(due_at) }) : t.dueBy({ date: date(due_at) })}</time>}
            </Link>
          </li>
        ))}
      </ul>
    </section>
  )
}
