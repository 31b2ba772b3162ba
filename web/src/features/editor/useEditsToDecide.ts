import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import type { DocumentSession } from '../../sync/session'
import { approvalsKey } from '../review'

/** Each look compares two texts on the server: one after a pause in typing. */
const PAUSE_MS = 2_000

/** While people are to decide, keeps what the page says about changes since the request up to date. */
export function useEditsToDecide({ id, doc }: DocumentSession, isDeciding: boolean): void {
  const queries = useQueryClient()
  useEffect(() => {
    if (!isDeciding) return
    let pause: ReturnType<typeof setTimeout> | undefined
    const edited = () => {
      clearTimeout(pause)
      pause = setTimeout(() => void queries.invalidateQueries({ queryKey: approvalsKey(id) }), PAUSE_MS)
    }
    doc.on('update', edited)
    return () => {
      clearTimeout(pause)
      doc.off('update', edited)
    }
  }, [queries, id, doc, isDeciding])
}
