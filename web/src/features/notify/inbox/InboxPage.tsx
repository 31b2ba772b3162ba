// Notifications: first those that wait for an action, then new ones, then those that were read.
import { PageHeader } from '../../../elements/PageHeader'
import { t } from '../messages'
import { useInbox, useRead } from '../queries'
import { NotificationRow } from './NotificationRow'

export function InboxPage() {
  const inbox = useInbox()
  const read = useRead()
  const all = inbox.data ?? []
  const unread = all.filter(({ read_at }) => !read_at)
  const sections = [
    { title: t.needsAction, items: unread.filter(({ must_do }) => must_do) },
    { title: t.unread, items: unread.filter(({ must_do }) => !must_do) },
    { title: t.read, items: all.filter(({ read_at }) => read_at) },
  ].filter(({ items }) => items.length > 0)
  const failure = inbox.error ?? read.error
  return (
    <main className="list">
      <PageHeader title={t.inbox}>
        {unread.length > 0 && <button type="button" className="button" disabled={read.isPending} onClick={() => read.mutate(undefined)}>{t.markAllAsRead}</button>}
      </PageHeader>
      {failure && <div role="alert" className="notice">{failure.message}</div>}
      {inbox.data?.length === 0 && <div className="empty">{t.youreAllCaughtUpMentions}</div>}
      {sections.map(({ title, items }) => (
        <section key={title} className="stack" aria-label={title}>
          <h2 className="eyebrow">{title}</h2>
          <ul>{items.map((one) => <NotificationRow key={one.notification_id} one={one} onRead={(id) => read.mutate([id])} />)}</ul>
        </section>
      ))}
    </main>
  )
}
