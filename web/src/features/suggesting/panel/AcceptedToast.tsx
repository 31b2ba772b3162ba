import { createPortal } from 'react-dom'
import { useStore } from '../../../store'
import { lastAccepted, useUndoAccepted } from '../decisions'

/** Says what was just accepted in a document, and offers to undo it. */
export function AcceptedToast({ document }: { document: string }) {
  const accepted = useStore(lastAccepted, (state) => state.accepted)
  const undo = useUndoAccepted()
  const place = globalThis.document.querySelector('.toasts')
  if (!accepted || accepted.document !== document || !place) return null
  const count = accepted.ids.length
  return createPortal(
    <p className="toast">
      {undo.isError ? undo.error.message : count === 1 ? 'Suggestion accepted.' : `${count} suggestions accepted.`}
      {!undo.isError && <button type="button" className="button quiet" disabled={undo.isPending} onClick={() => undo.mutate(accepted)}>Undo</button>}
    </p>,
    place,
  )
}
