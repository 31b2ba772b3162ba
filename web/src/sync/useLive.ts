import { type QueryKey, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { type Topic, live } from './live'

/** Refetches the query whenever the topic changes. */
export function useLive(topic: Topic, queryKey: QueryKey): void {
  const queries = useQueryClient()
  const key = useRef(queryKey)
  key.current = queryKey
  useEffect(() => live.subscribe(topic, () => void queries.invalidateQueries({ queryKey: key.current })), [topic, queries])
}
