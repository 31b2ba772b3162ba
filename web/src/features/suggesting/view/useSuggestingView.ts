import { useEffect, useState, useSyncExternalStore } from 'react'
import { loadAhead } from '../../../idle'
import { live } from '../../../sync/live'
import { isKeptHere, unsentSuggestions } from '../../../sync/local'
import type { DocumentSession } from '../../../sync/session'
import { api } from '../api'
import type { SuggestingView } from './SuggestingView'

const never = () => () => {}

/** Most documents are opened to be read or edited. */
const load = () => import('./SuggestingView')
loadAhead(load)
/** When it could not be loaded, it is tried again after this time. */
const RETRY_MS = 4_000

/**
 * The person's own view, while they suggest and until everything that they typed has been sent, including text that an
 * earlier page stored on this device.
 */
export function useSuggestingView({ id, doc }: DocumentSession, account: string, { isWanted, maySuggest }: { isWanted: boolean; maySuggest: boolean }): SuggestingView | null {
  const [view, setView] = useState<SuggestingView | null>(null)
  const [isOver, setOver] = useState(false)
  const isLeft = useSyncExternalStore(view?.onChange ?? never, () => view?.state.phase === 'open' && view.state.isUnsent)
  const isKept = useSyncExternalStore(view?.onChange ?? never, () => view?.state.isKept ?? isKeptHere(unsentSuggestions(account, id)))
  const hasEnded = useViewEnded(view)
  useEffect(() => {
    if (hasEnded) setOver(true)
  }, [hasEnded])
  const isOpen = isWanted || isLeft || (isKept && maySuggest && !isOver)
  useEffect(() => {
    if (!isOpen) return
    let end = never()
    const begin = async () => {
      const loaded = await load().catch(() => null)
      if (hasLeft) return
      if (!loaded) {
        timer = setTimeout(begin, RETRY_MS)
        return
      }
      const made = new loaded.SuggestingView({ open: () => api.openView(id), exchange: (token, body) => api.exchange(id, token, body) }, account, id)
      const close = made.start()
      const stop = live.subscribe(`threads/${id}`, made.news)
      doc.on('update', made.news)
      setView(made)
      end = () => {
        stop()
        doc.off('update', made.news)
        close()
        setView(null)
      }
    }
    let hasLeft = false
    let timer: ReturnType<typeof setTimeout> | undefined
    void begin()
    return () => {
      hasLeft = true
      clearTimeout(timer)
      end()
    }
  }, [id, doc, account, isOpen])
  return view
}

/** Whether the person may suggest no more. */
export const useViewEnded = (view: SuggestingView | null): boolean => useSyncExternalStore(view?.onChange ?? never, () => view?.state.phase === 'ended')
