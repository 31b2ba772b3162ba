import type { Assignment as Assigned, Notification } from '../api'
import { Assignment } from './Assignment'
import { NotificationRow } from './NotificationRow'
import { newsOf } from './sorted'

interface Props {
  title: string
  assignments: Assigned[]
  /** Those that wait for an action. */
  waiting: Notification[]
  all: Notification[]
  onRead: (notifications: string[]) => void
}

/** What waits for the account: assigned comments, those that are due first, then notifications; nothing if there is none. */
export function Waiting({ title, assignments, waiting, all, onRead }: Props) {
  if (assignments.length + waiting.length === 0) return null
  const open = (one: Assigned) => () => {
    const news = newsOf(all, one)
    if (news.length > 0) onRead(news)
  }
  return (
    <section className="stack" aria-label={title}>
      <h2 className="eyebrow">{title}</h2>
      <ul>
        {assignments.map((one) => <Assignment key={one.thread_id} one={one} onOpen={open(one)} />)}
        {waiting.map((one) => <NotificationRow key={one.notification_id} one={one} onRead={(id) => onRead([id])} />)}
      </ul>
    </section>
  )
}
