// Queries of searches. Results follow changes of the documents.
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useLive } from '../../sync/refetch'
import { type Sort, api } from './api'

const searchKey = ['search']
const savedKey = ['saved-searches']

export function useResults(q: string, sort: Sort) {
  useLive('documents', searchKey)
  return useInfiniteQuery({
    queryKey: [...searchKey, 'results', q, sort],
    queryFn: ({ pageParam }) => api.search({ q, sort, cursor: pageParam }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
  })
}

export const useSuggestions = (q: string) =>
  useQuery({ queryKey: [...searchKey, 'suggest', q], queryFn: () => api.suggest(q), placeholderData: keepPreviousData })

export function useBacklinks(id: string) {
  useLive('documents', [...searchKey, 'backlinks'])
  return useQuery({ queryKey: [...searchKey, 'backlinks', id], queryFn: () => api.backlinks(id) })
}

export const useSavedSearches = () => useQuery({ queryKey: savedKey, queryFn: api.saved })

export function useSaveSearch() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ name, query }: { name: string; query: string }) => api.save(name, query),
    onSuccess: () => queries.invalidateQueries({ queryKey: savedKey }),
  })
}

export function useForgetSearch() {
  const queries = useQueryClient()
  return useMutation({ mutationFn: api.forget, onSettled: () => queries.invalidateQueries({ queryKey: savedKey }) })
}

/** A value that follows another once it has not changed for a moment. */
export function useSettled<T>(value: T, milliseconds: number): T {
  const [settled, settle] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => settle(value), milliseconds)
    return () => clearTimeout(timer)
  }, [value, milliseconds])
  return settled
}
