import { Bell, BellOff } from 'lucide-react'
import { t } from '../messages'
import { type WatchedKind, useWatch } from './queries'

const icon = { size: 16, strokeWidth: 1.75 }

interface Props {
  kind: WatchedKind
  id: string
  /** Whether it is in a menu. */
  isItem?: boolean
}

/** Watches a document or a space: its changes come to the inbox. */
export function WatchButton({ kind, id, isItem }: Props) {
  const { isWatched, isReady, toggle, error } = useWatch(kind, id)
  const watch = kind === 'documents' ? t.watchThisDocument : t.watchThisSpace
  const stop = kind === 'documents' ? t.stopWatchingThisDocument : t.stopWatchingThisSpace
  return (
    <button
      type="button" role={isItem ? 'menuitem' : undefined} className={isItem ? undefined : 'button'} disabled={!isReady} onClick={toggle}
      title={error?.message ?? (isWatched ? t.youGetNewsOfIts : undefined)}
    >
      {isWatched ? <BellOff {...icon} /> : <Bell {...icon} />}{isWatched ? stop : watch}
    </button>
  )
}
