// Notifications: first those that wait for an action, then new ones, then those that were read.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from 'wouter'
import { dateTime } from '../../../dates'
import { type Notification, api } from '../api'
import { inboxKey, useInbox } from '../queries'

const WHAT: Record<string, string> = {
  mention: 'mentioned you in', reply: 'answered in', comment: 'commented on', decided: 'ended your thread in', share: 'shared with you',
  'approval-requested': 'asks for your approval of', 'approval-decided': 'decided about',
  'approval-due': 'waits for your approval, soon due:', 'approval-changed': 'changed after its approval:',
}
const address = ({ kind, document_id, thread_id }: Notification) =>
  `/documents/${document_id}${thread_id ? `#thread=${thread_id}` : kind.startsWith('approval') ? '#approval' : ''}`

export function InboxPage() {
  const queries = useQueryClient()
  const inbox = useInbox()
  const read = useMutation({
    mutationFn: (some?: string[]) => api.readNotifications(some),
    onSuccess: () => queries.invalidateQueries({ queryKey: inboxKey }),
  })
  const all = inbox.data ?? []
  const unread = all.filter(({ read_at }) => !read_at)
  const sections = [
    { title: 'Waits for you', items: unread.filter(({ must_do }) => must_do) },
    { title: 'New', items: unread.filter(({ must_do }) => !must_do) },
    { title: 'Read', items: all.filter(({ read_at }) => read_at) },
  ].filter(({ items }) => items.length > 0)
  return (
    <main className="list">
      <header>
        <h1>Inbox</h1>
        {unread.length > 0 && <button type="button" className="button" disabled={read.isPending} onClick={() => read.mutate(undefined)}>Mark all as read</button>}
      </header>
      {(inbox.error ?? read.error) && <div role="alert" className="notice">{(inbox.error ?? read.error)?.message}</div>}
      {inbox.data?.length === 0 && <div className="empty">Nothing yet. Who mentions you, answers you or shares something with you is seen here.</div>}
      {sections.map(({ title, items }) => (
        <section key={title} className="stack" aria-label={title}>
          <h2 className="eyebrow">{title}</h2>
          <ul>
            {items.map((one) => (
              <li key={one.notification_id}>
                <Link href={address(one)} onClick={() => !one.read_at && read.mutate([one.notification_id])} className="news">
                  <span className="what">{one.actor?.name || 'Somebody'} {WHAT[one.kind] ?? 'did something in'} <strong>{one.title}</strong></span>
                  {one.excerpt && <q>{one.excerpt}</q>}
                  <time dateTime={one.created_at}>{dateTime(one.created_at)}</time>
                </Link>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </main>
  )
}
