import type { Assignment, Notification } from '../api'

const isOf = ({ thread_id }: Assignment) => ({ kind, thread_id: thread }: Notification) => kind === 'assigned' && thread === thread_id

/**
 * Notifications, grouped by what they ask of the person. Those of open assignments are not among them: the assignments
 * themselves are listed.
 */
export function sorted(all: Notification[], assignments: Assignment[]) {
  const others = all.filter((one) => !assignments.some((assignment) => isOf(assignment)(one)))
  const unread = others.filter(({ read_at }) => !read_at)
  return {
    waiting: unread.filter(({ must_do }) => must_do),
    unread: unread.filter(({ must_do }) => !must_do),
    read: others.filter(({ read_at }) => read_at),
  }
}

/** The unread notifications of an assignment. */
export const newsOf = (all: Notification[], assignment: Assignment): string[] =>
  all.filter(isOf(assignment)).filter(({ read_at }) => !read_at).map(({ notification_id }) => notification_id)
