// Queries of a document's review that several parts of the page share. The server signals when to read them again.
import { useMutation, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { useStore } from '../../store'
import { deletions } from '../../sync/undoableDeletions'
import { useLive } from '../../sync/refetch'
import { type Compared, type Revision, type ThreadView, api, commentPath } from './api'
import { withoutDeleted } from './comments/withoutDeleted'

const NONE: ThreadView[] = []

export const threadsKey = (id: string) => ['threads', id]
export const revisionsKey = (id: string) => ['revisions', id]
export const approvalsKey = (id: string) => ['approvals', id]
export const workflowsKey = ['workflows']

/** All threads of a document, without the comments that were just deleted here. */
export function useThreads(id: string, isAllowed: boolean): ThreadView[] {
  useLive(`threads/${id}`, threadsKey(id))
  const { data = NONE } = useQuery({ queryKey: threadsKey(id), queryFn: () => api.threads(id), enabled: isAllowed })
  const hidden = useStore(deletions, (state) => state.hidden)
  const shown = isAllowed ? data : NONE
  return useMemo(() => withoutDeleted(shown, (comment) => hidden.has(commentPath(id, comment))), [shown, hidden, id])
}

/** Threads that are comments: a suggestion has its own list. */
export const commentsIn = (threads: ThreadView[]): ThreadView[] => threads.filter(({ replacement }) => typeof replacement !== 'string')

/** The newest revisions of a document. */
export function useRevisions(id: string) {
  useLive(`revisions/${id}`, revisionsKey(id))
  return useQuery({ queryKey: revisionsKey(id), queryFn: () => api.revisions(id) })
}

/**
 * The revision before another: null before the first one, undefined until it is known. It is requested only if it is
 * not in the list.
 */
export function useRevisionBefore(id: string, revision: string): Revision | null | undefined {
  const { data: listed } = useRevisions(id)
  const place = listed?.findIndex(({ revision_id }) => revision_id === revision) ?? -1
  const next = place < 0 ? undefined : listed?.[place + 1]
  const older = useQuery({ queryKey: [...revisionsKey(id), 'before', revision], queryFn: () => api.revisionBefore(id, revision), enabled: listed !== undefined && !next })
  return next ?? older.data
}

/** The named revisions of a document, of any age. */
export function useNamedRevisions(id: string) {
  const queryKey = [...revisionsKey(id), 'named']
  useLive(`revisions/${id}`, queryKey)
  return useQuery({ queryKey, queryFn: () => api.namedRevisions(id) })
}

/**
 * What others wrote since the last visit. Read once, when the document is opened: later changes are seen as they
 * arrive.
 */
export const useUnread = (id: string, isFirst: boolean) =>
  useQuery({ queryKey: ['unread', id], queryFn: () => api.unread(id), staleTime: 'static', gcTime: 0, enabled: isFirst })

/** Finds a revision by its id. */
export const useFindRevision = (document: string, onSuccess: (revision: Revision, shown: Compared) => void) =>
  useMutation({
    mutationFn: ({ revision }: { revision: string; shown: Compared }) => api.revision(document, revision),
    onSuccess: (found, { shown }) => onSuccess(found, shown),
  })

/** All approvals of a document, the newest first. */
export function useApprovals(id: string) {
  useLive(`document/${id}`, approvalsKey(id))
  // A version is kept when the text has changed, and then the numbers of changes in an approval have changed too.
  useLive(`revisions/${id}`, approvalsKey(id))
  return useQuery({ queryKey: approvalsKey(id), queryFn: () => api.approvals(id) })
}

export function useWorkflows() {
  useLive('workflows', workflowsKey)
  return useQuery({ queryKey: workflowsKey, queryFn: api.workflows })
}
