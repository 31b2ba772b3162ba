// What is known of documents beside their text, and how it changes.
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useLive } from '../../sync/useLive'
import { api } from './api'

export const documentsKey = ['documents']
export const documentKey = (id: string) => ['document', id]
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

/** The guest that a link has let in, if there is one. */
export const useGuest = (enabled: boolean) => useQuery({ queryKey: ['guest'], queryFn: api.guest, enabled })

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
