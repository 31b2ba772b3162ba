import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useStore } from '../../../store'
import { api } from '../api'
import { documentsKey, pagesKey } from '../queries'
import { lastTrashed } from './lastTrashed'

/** Offers to undo the last move to the trash. */
export function TrashToast() {
  const queries = useQueryClient()
  const document = useStore(lastTrashed, (state) => state.document)
  const undo = useMutation({
    mutationFn: api.restore,
    onSuccess: () => {
      lastTrashed.forget()
      for (const queryKey of [documentsKey, pagesKey]) void queries.invalidateQueries({ queryKey })
    },
  })
  if (!document) return null
  return (
    <p className="toast">
      {undo.isError ? undo.error.message : `“${document.title}” is in the trash.`}
      <button type="button" className="button quiet" disabled={undo.isPending} onClick={() => undo.mutate(document.id)}>Undo</button>
    </p>
  )
}
