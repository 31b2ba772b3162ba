import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { api } from '../api'

export const watchesKey = ['watches']

export type WatchedKind = 'documents' | 'spaces'

/** The documents and spaces that the account watches. */
export const useWatches = () => useQuery({ queryKey: watchesKey, queryFn: api.watches })

/** Watches a document or a space, or stops watching it. */
export function useWatch(kind: WatchedKind, id: string) {
  const queries = useQueryClient()
  const watches = useWatches()
  const isWatched = watches.data?.[kind].some((one) => one.id === id) ?? false
  const change = useMutation({
    mutationFn: () => (isWatched ? api.unwatch(kind, id) : api.watch(kind, id)),
    onSettled: () => queries.invalidateQueries({ queryKey: watchesKey }),
  })
  return { isWatched, isReady: watches.isSuccess && !change.isPending, toggle: () => change.mutate(), error: change.error }
}
