import { Link } from 'wouter'
import { Dialog } from '../../../elements/Dialog'
import { t } from '../messages'

interface Props {
  documents: string[]
  onDiscard: () => void
  onClose: () => void
}

/** Asks before changes that only this device has are deleted. */
export function UnsyncedDialog({ documents, onDiscard, onClose }: Props) {
  return (
    <Dialog title={t.unsyncedChanges} onClose={onClose}>
      {(close) => (
        <>
          <p>{t.unsynced({ count: documents.length })}</p>
          <ul className="plain">
            {documents.map((id) => <li key={id}><Link href={`/documents/${id}`} onClick={close}>{t.openDocument}</Link></li>)}
          </ul>
          <div className="row">
            <button type="button" className="button primary" onClick={close}>{t.staySignedIn}</button>
            <button type="button" className="button danger" onClick={onDiscard}>{t.discardAndSignOut}</button>
          </div>
        </>
      )}
    </Dialog>
  )
}
