// What others wrote since one was last here, by person; and the note that one has been here.
import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { api } from '../../api'

const time = (at: string) => new Date(at).toLocaleString([], { weekday: 'long', day: 'numeric', month: 'long', hour: '2-digit', minute: '2-digit' })

export function UnreadBanner({ document, onCompare }: { document: string; onCompare: (revision: string) => void }) {
  // Of the moment when the document was opened: what comes later is seen coming.
  const unread = useQuery({ queryKey: ['unread', document], queryFn: () => api.unread(document), staleTime: Number.POSITIVE_INFINITY, gcTime: 0, retry: false, refetchOnMount: false, refetchOnReconnect: false, refetchOnWindowFocus: false })
  const [dismissed, setDismissed] = useState(false)
  const known = unread.isSuccess
  useEffect(() => {
    if (!known) return
    // What cannot be noted now is unread once more: nothing is lost by it.
    const note = () => void api.noteReading(document).catch(() => undefined)
    const leave = () => globalThis.document.visibilityState === 'hidden' && note()
    note()
    globalThis.document.addEventListener('visibilitychange', leave)
    return () => {
      globalThis.document.removeEventListener('visibilitychange', leave)
      note()
    }
  }, [document, known])
  const { read_at, changed, authors = [], from } = unread.data ?? {}
  if (!read_at || !changed || dismissed) return null
  return (
    <p className="banner" data-testid="unread">
      Since you were here on {time(read_at)}:{' '}
      {authors.map(({ name, words }) => (words === 0 ? `${name} deleted` : `${name} wrote ${words} ${words === 1 ? 'word' : 'words'}`)).join(', ')}{' '}
      {from && <button type="button" className="button quiet" onClick={() => onCompare(from)}>See what changed</button>}
      <button type="button" className="button quiet" onClick={() => setDismissed(true)}>I have read it</button>
    </p>
  )
}
