import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import type { DocumentSession } from '../../sync/session'
import { approvalsKey } from '../review'

/** Each update compares two texts on the server, so there is one after a pause in typing of this length ... */
const PAUSE_MS = 2_000
/** ... or after this time, if somebody types without a pause. */
const LONGEST_MS = 10_000

/** Keeps the line about changes since a request for approval, or since the approval, up to date. */
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
