// What the page knows of the comments on a document, and what it may ask for.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type Outcome, type Right, type ThreadView, api } from '../../api'

export interface Mention {
  kind: string
  id: string
}
export interface Mentionable extends Mention {
  name: string
}

export const OUTCOMES: { value: Outcome; label: string }[] = [
  { value: 'decided', label: 'Decided' }, { value: 'done', label: 'Done' }, { value: 'deferred', label: 'Deferred' }, { value: 'rejected', label: 'Rejected' },
]
export const REACTIONS = ['👍', '👎', '❤️', '🎉', '😄', '😕', '👀', '✅']

export const threadsKey = (id: string) => ['threads', id]

/** All threads of a document. The socket says when to ask again. */
export const useThreads = (id: string) => useQuery({ queryKey: threadsKey(id), queryFn: () => api.threads(id) })

/** Members and groups that can be called; none for a guest, who does not know them. */
export function useMentionable(isGuest: boolean): Mentionable[] {
  const members = useQuery({ queryKey: ['members'], queryFn: api.members, enabled: !isGuest })
  const groups = useQuery({ queryKey: ['groups'], queryFn: api.groups, enabled: !isGuest })
  return [
    ...(members.data ?? []).map(({ account_id, name }) => ({ kind: 'account', id: account_id, name })),
    ...(groups.data ?? []).map(({ group_id, name }) => ({ kind: 'group', id: group_id, name })),
  ]
}

/** Something that changes the threads of a document, after which they are read again. */
export function useChange<T, R = unknown>(id: string, change: (wish: T) => Promise<R>, done?: (result: R) => void) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: change,
    onSuccess: async (result: R) => {
      await queries.invalidateQueries({ queryKey: threadsKey(id) })
      done?.(result)
    },
  })
}

/** Who may end a thread: whoever began it, or may edit. */
export const mayDecide = (thread: ThreadView, me: string, right: Right): boolean =>
  right === 'edit' || right === 'approve' || right === 'admin' || thread.comments[0]?.author.id === me

/** In the order of the text; what is about the whole document first, orphans last. */
export function inOrder(threads: ThreadView[]): ThreadView[] {
  const at = ({ passage }: ThreadView) => (passage ? (passage.from ?? Number.POSITIVE_INFINITY) : -1)
  return threads.toSorted((a, b) => at(a) - at(b) || a.created_at.localeCompare(b.created_at))
}
