// The suggestions of a document, read again soon after something about them has changed.
import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { live } from '../../sync/live'
import { type SuggestionView, api } from './api'

export const suggestionsKey = (id: string) => ['suggestions', id]
const openKey = (id: string) => [...suggestionsKey(id), 'open']

/** The shortest time between two reads of the list. While somebody suggests, it changes twice a second. */
const REFETCH_MS = 1_500

/** Attempts to read the list: it is requested while the text opens, when the server may be too busy to answer. */
const TRIES = 3

const NONE: readonly SuggestionView[] = []

/** The open suggestions of a document. */
export function useSuggestions(id: string, isAllowed: boolean): readonly SuggestionView[] {
  const queries = useQueryClient()
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    let last = 0
    const again = () => {
      timer ??= setTimeout(() => {
        timer = undefined
        last = Date.now()
        void queries.invalidateQueries({ queryKey: suggestionsKey(id) })
      }, Math.max(0, last + REFETCH_MS - Date.now()))
    }
    const stop = live.subscribe(`threads/${id}`, again)
    return () => {
      clearTimeout(timer)
      stop()
    }
  }, [queries, id])
  const { data } = useQuery({ queryKey: openKey(id), queryFn: () => api.list(id, 'open').then(({ items }) => items), retry: TRIES, enabled: isAllowed })
  return (isAllowed && data) || NONE
}

/** Suggestions that were accepted, rejected or withdrawn; read only while they are shown. */
export const useClosedSuggestions = (id: string, isShown: boolean) =>
  useQuery({ queryKey: [...suggestionsKey(id), 'closed'], queryFn: () => api.list(id, 'closed').then(({ items }) => items), enabled: isShown })

export const reread = (queries: QueryClient, id: string) => queries.invalidateQueries({ queryKey: suggestionsKey(id) })
