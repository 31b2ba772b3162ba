// Refetches what may have changed: a query when its topic does, and everything on the page after a reconnect.
import { type QueryClient, type QueryKey, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { type Topic, live } from './live'

/** Refetches the query whenever the topic changes. */
export function useLive(topic: Topic, queryKey: QueryKey): void {
  const queries = useQueryClient()
  const key = useRef(queryKey)
  key.current = queryKey
  useEffect(() => live.subscribe(topic, () => void queries.invalidateQueries({ queryKey: key.current })), [topic, queries])
}

/** Refetches everything on the page after a time without a connection. */
export function refetchAfterReconnects(queries: QueryClient): void {
  live.onReconnect(() => void queries.invalidateQueries())
  addEventListener('online', () => live.reconnected())
}
