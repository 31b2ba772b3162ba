import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import type { DocumentSession } from '../../sync/session'
import { approvalsKey } from '../review'

/** Each look compares two texts on the server: one after a pause in typing ... */
const PAUSE_MS = 2_000
/** ... or while somebody types without one. */
const LONGEST_MS = 10_000

/** While people are to decide, and once they have, keeps the line about changes since then up to date. */
export function useEditsToDecide({ id, doc }: DocumentSession, isDeciding: boolean): void {
  const queries = useQueryClient()
  useEffect(() => {
    if (!isDeciding) return
    let pause: ReturnType<typeof setTimeout> | undefined
    let first: number | undefined
    const look = () => {
      first = undefined
      void queries.invalidateQueries({ queryKey: approvalsKey(id) })
    }
    const edited = () => {
      first ??= Date.now()
      clearTimeout(pause)
      pause = setTimeout(look, Math.min(PAUSE_MS, first + LONGEST_MS - Date.now()))
    }
    doc.on('update', edited)
    return () => {
      clearTimeout(pause)
      doc.off('update', edited)
    }
  }, [queries, id, doc, isDeciding])
}
