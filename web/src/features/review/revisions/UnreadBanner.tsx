// Shows what each person wrote since the last visit, and records this visit.
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { weekdayTime } from '../../../dates'
import { changedKey } from '../../library'
import { api } from '../api'
import { t } from '../messages'
import { useUnread } from '../queries'

export function UnreadBanner({ document, onCompare }: { document: string; onCompare: (revision: string) => void }) {
  const unread = useUnread(document, true)
  const queries = useQueryClient()
  const [dismissed, setDismissed] = useState(false)
  const known = unread.isSuccess
  useEffect(() => {
    if (!known) return
    // If the visit cannot be recorded, the same changes are shown again; nothing is lost.
    const note = () => void api.noteReading(document).then(() => queries.invalidateQueries({ queryKey: changedKey }), () => undefined)
    const leave = () => globalThis.document.visibilityState === 'hidden' && note()
    note()
    globalThis.document.addEventListener('visibilitychange', leave)
    return () => {
      globalThis.document.removeEventListener('visibilitychange', leave)
      note()
    }
  }, [document, known, queries])
  const { read_at, changed, authors = [], from } = unread.data ?? {}
  if (!read_at || !changed || dismissed) return null
  return (
    <p className="banner" data-testid="unread">
      {t.sinceYourLastVisit({ date: weekdayTime(read_at) })}{' '}
      {authors.map(({ name, words }) => (words === 0 ? t.nameDeletedText({ name }) : t.nameAddedWords({ name, count: words }))).join(', ')}{' '}
      {from && <button type="button" className="button quiet" onClick={() => onCompare(from)}>{t.showChanges}</button>}
      <button type="button" className="button quiet" onClick={() => setDismissed(true)}>{t.markAsRead}</button>
    </p>
  )
}
