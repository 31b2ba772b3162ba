import { useStore } from '../../store'
import type { DocumentSession } from '../../sync/session'
import { t } from './messages'

/** The code with which the server refuses pages from before an upgrade. */
export const OUTDATED = 'outdated-page'

/** The page can only be read until it is reloaded: its editor would delete what it does not know. */
export function OutdatedPage({ session }: { session: DocumentSession }) {
  const isOutdated = useStore(session, ({ refused }) => refused === OUTDATED)
  const unsaved = useStore(session, (state) => state.unsaved)
  if (!isOutdated) return null
  return (
    <div className="notice warn rescue" role="alert">
      <p>{t.newVersion}{unsaved > 0 && ` ${t.unsentKept({ count: unsaved })}`}</p>
      <button type="button" className="button primary" onClick={() => location.reload()}>{t.reload}</button>
    </div>
  )
}
