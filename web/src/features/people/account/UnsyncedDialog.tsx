import { Link } from 'wouter'
import { Dialog } from '../../../elements/Dialog'

interface Props {
  documents: string[]
  onDiscard: () => void
  onClose: () => void
}

/** Asks before changes that only this device has are deleted. */
export function UnsyncedDialog({ documents, onDiscard, onClose }: Props) {
  return (
    <Dialog title="Unsynced changes" onClose={onClose}>
      {(close) => (
        <>
          <p>{documents.length === 1 ? 'One document has' : `${documents.length} documents have`} changes that exist only on this device. Signing out deletes them.</p>
          <ul className="plain">
            {documents.map((id) => <li key={id}><Link href={`/documents/${id}`} onClick={close}>Open document</Link></li>)}
          </ul>
          <div className="row">
            <button type="button" className="button primary" onClick={close}>Stay signed in</button>
            <button type="button" className="button danger" onClick={onDiscard}>Discard and sign out</button>
          </div>
        </>
      )}
    </Dialog>
  )
}
