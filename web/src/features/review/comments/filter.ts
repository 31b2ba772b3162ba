import type { ThreadView } from '../api'

/** Which threads are listed: all, those that concern the reader, or those in which a person wrote. */
export type ThreadFilter = 'all' | 'mine' | 'mentioned' | 'assigned' | { person: string }

/** The threads that pass a filter. A mention of a group does not count as a mention of its members. */
export function filtered(threads: ThreadView[], filter: ThreadFilter, me: string): ThreadView[] {
  const wroteIn = (person: string) => ({ comments }: ThreadView) => comments.some(({ author, deleted_at }) => author.id === person && !deleted_at)
  switch (filter) {
    case 'all': return threads
    case 'mine': return threads.filter(wroteIn(me))
    case 'mentioned': return threads.filter(({ comments }) => comments.some(({ mentions }) => mentions.some(({ id }) => id === me)))
    case 'assigned': return threads.filter(({ assignee }) => assignee?.id === me)
    default: return threads.filter(wroteIn(filter.person))
  }
}

/** Everybody who wrote in the threads, by name. */
export function writersOf(threads: ThreadView[]): { id: string; name: string }[] {
  const all = threads.flatMap(({ comments }) => comments.filter(({ deleted_at }) => !deleted_at).map(({ author: { id, name } }) => ({ id, name })))
  return [...new Map(all.map((person) => [person.id, person])).values()].toSorted((a, b) => a.name.localeCompare(b.name))
}
