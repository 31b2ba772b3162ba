import { t } from '../messages'
import { useInbox, useRead } from '../queries'
import { NotificationRow } from './NotificationRow'

/** The unread notifications that wait for the account; nothing if there are none. */
export function NeedsAction() {
  const inbox = useInbox()
  const read = useRead()
  const waiting = (inbox.data ?? []).filter(({ read_at, must_do }) => must_do && !read_at)
  if (waiting.length === 0) return null
  return (
    <section className="stack" aria-label={t.waitingForYou}>
      <h2 className="eyebrow">{t.waitingForYou}</h2>
      <ul>{waiting.map((one) => <NotificationRow key={one.notification_id} one={one} onRead={(id) => read.mutate([id])} />)}</ul>
    </section>
  )
}
