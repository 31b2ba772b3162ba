import { useStore } from '../../../store'
import { t } from '../messages'
import { useRestore } from '../queries'
import { lastTrashed } from './lastTrashed'

/** Offers to undo the last move to the trash. */
export function TrashToast() {
  const document = useStore(lastTrashed, (state) => state.document)
  const undo = useRestore()
  if (!document) return null
  return (
    <p className="toast">
      {undo.isError ? undo.error.message : t.movedToTheTrash({ title: document.title })}
      <button type="button" className="button quiet" disabled={undo.isPending} onClick={() => undo.mutate(document.id)}>{t.undo}</button>
    </p>
  )
}
