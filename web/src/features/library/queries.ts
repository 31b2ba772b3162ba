// Queries and mutations of documents, without their text.
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { isRefusal } from '../../client'
import { useLive } from '../../sync/refetch'
import { type Guest, api } from './api'

export const documentsKey = ['documents']
export const documentKey = (id: string) => ['document', id]
const guestKey = ['guest']
export const sharingKey = (id: string) => ['sharing', id]

export function useDocuments(filter: { q: string; trashed: boolean }) {
  useLive('documents', documentsKey)
  return useInfiniteQuery({
    queryKey: [...documentsKey, filter],
    queryFn: ({ pageParam }) => api.documents({ ...filter, cursor: pageParam }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  })
}

export function useDocument(id: string) {
  useLive(`document/${id}`, documentKey(id))
  return useQuery({ queryKey: documentKey(id), queryFn: () => api.document(id) })
}

/** Everybody with access, and why. */
export const useHolders = (id: string, enabled = true) => useQuery({ queryKey: [...sharingKey(id), 'access'], queryFn: () => api.access(id), enabled })

/** The guest who entered by a link; null if there is none. */
export const useGuest = (enabled: boolean) =>
  useQuery({
    queryKey: guestKey,
    queryFn: ({ client }) => api.guest().catch((problem): Guest | null => {
      if (isRefusal(problem) && !client.getQueryData(guestKey)) return null
      throw problem
    }),
    enabled,
  })

export function useRename(id: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (title: string) => api.change(id, { title }),
    onSuccess: (changed) => {
      queries.setQueryData(documentKey(id), changed)
      void queries.invalidateQueries({ queryKey: documentsKey })
    },
  })
}

export function useTrash(id: string, done: () => void) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: () => api.trash(id),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: documentsKey })
      done()
    },
  })
}
