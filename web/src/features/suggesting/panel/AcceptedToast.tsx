import { createPortal } from 'react-dom'
import { useStore } from '../../../store'
import { type Accepted, lastAccepted, useUndoAccepted } from '../decisions'
import { t } from '../messages'

/** Says what was just accepted in a document, and offers to undo it. */
export function AcceptedToast({ document }: { document: string }) {
  const accepted = useStore(lastAccepted, (state) => state.accepted)
  if (!accepted || accepted.document !== document) return null
  return <Toast key={accepted.ids.join()} accepted={accepted} />
}

function Toast({ accepted }: { accepted: Accepted }) {
  const undo = useUndoAccepted()
  const place = globalThis.document.querySelector('.toasts')
  if (!place) return null
  const count = accepted.ids.length
  return createPortal(
    <p className="toast">
      {undo.isError ? undo.error.message : t.suggestionsAccepted({ count })}
      {!undo.isError && <button type="button" className="button quiet" disabled={undo.isPending} onClick={() => undo.mutate(accepted)}>{t.undo}</button>}
    </p>,
    place,
  )
}
