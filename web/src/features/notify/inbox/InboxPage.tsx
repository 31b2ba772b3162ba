// Notifications: first what waits for an action, then new ones, then those that were read.
import { PageHeader } from '../../../elements/PageHeader'
import { t } from '../messages'
import { useAssignments, useInbox, useRead } from '../queries'
import { NotificationRow } from './NotificationRow'
import { Waiting } from './Waiting'
import { sorted } from './sorted'

export function InboxPage() {
  const inbox = useInbox()
  const assigned = useAssignments()
  const read = useRead()
  const all = inbox.data ?? []
  const assignments = assigned.data ?? []
  const { waiting, ...others } = sorted(all, assignments)
  const sections = [
    { title: t.unread, items: others.unread },
    { title: t.read, items: others.read },
  ].filter(({ items }) => items.length > 0)
  const failure = inbox.error ?? assigned.error ?? read.error
  return (
    <main className="list">
      <PageHeader title={t.inbox}>
        {all.some(({ read_at }) => !read_at) && <button type="button" className="button" disabled={read.isPending} onClick={() => read.mutate(undefined)}>{t.markAllAsRead}</button>}
      </PageHeader>
      {failure && <div role="alert" className="notice">{failure.message}</div>}
      {inbox.data?.length === 0 && assigned.data?.length === 0 && <div className="empty">{t.youreAllCaughtUpMentions}</div>}
      <Waiting title={t.needsAction} assignments={assignments} waiting={waiting} all={all} onRead={read.mutate} />
      {sections.map(({ title, items }) => (
        <section key={title} className="stack" aria-label={title}>
          <h2 className="eyebrow">{title}</h2>
          <ul>{items.map((one) => <NotificationRow key={one.notification_id} one={one} onRead={(id) => read.mutate([id])} />)}</ul>
        </section>
      ))}
    </main>
  )
}
