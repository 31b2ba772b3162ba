import { useStore } from '../../../store'
import { useRestore } from '../queries'
import { lastTrashed } from './lastTrashed'

/** Offers to undo the last move to the trash. */
export function TrashToast() {
  const document = useStore(lastTrashed, (state) => state.document)
  const undo = useRestore()
  if (!document) return null
  return (
    <p className="toast">
      {undo.isError ? undo.error.message : `“${document.title}” moved to the trash.`}
      <button type="button" className="button quiet" disabled={undo.isPending} onClick={() => undo.mutate(document.id)}>Undo</button>
    </p>
  )
}
