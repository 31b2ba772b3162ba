import { createPortal } from 'react-dom'
import { useStore } from '../../../store'
import { type JustDecided, lastDecided, useUndoDecided } from '../decisions'
import { t } from '../messages'

/** Says what was just accepted or rejected in a document, and offers to undo it. */
export function DecidedToast({ document }: { document: string }) {
  const decided = useStore(lastDecided, (state) => state.decided)
  if (!decided || decided.document !== document) return null
  return <Toast key={`${decided.verdict} ${decided.ids.join()}`} decided={decided} />
}

function Toast({ decided }: { decided: JustDecided }) {
  const undo = useUndoDecided()
  const place = globalThis.document.querySelector('.toasts')
  if (!place) return null
  const said = decided.verdict === 'accept' ? t.suggestionsAccepted : t.suggestionsRejected
  return createPortal(
    <p className="toast">
      {undo.isError ? undo.error.message : said({ count: decided.ids.length })}
      {!undo.isError && <button type="button" className="button quiet" disabled={undo.isPending} onClick={() => undo.mutate(decided)}>{t.undo}</button>}
    </p>,
    place,
  )
}
