import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { type TrashedDocument, api } from '../api'
import { t } from '../messages'
import { documentsKey } from '../queries'
import { lastTrashed } from './lastTrashed'

/** Asks before a document is deleted forever. */
export function PurgeDialog({ trashed: { document, pages }, onClose }: { trashed: TrashedDocument; onClose: () => void }) {
  const queries = useQueryClient()
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  const purge = useMutation({
    mutationFn: () => api.purge(document.id),
    onSuccess: () => {
      lastTrashed.forget()
      void queries.invalidateQueries({ queryKey: documentsKey })
      dialog.current?.close()
    },
  })
  return (
    <dialog ref={dialog} onClose={onClose} aria-labelledby="purge-title">
      <div className="stack">
        <h2 id="purge-title">{t.deleteForeverTitle({ title: document.title })}</h2>
        <p>
          {pages > 0 ? t.purgedWithPages({ count: pages }) : t.purged}
        </p>
        {purge.isError && <div role="alert" className="notice">{purge.error.message}</div>}
        <div className="row">
          <button type="button" className="button danger" disabled={purge.isPending} onClick={() => purge.mutate()}>{t.deleteForever}</button>
          <button type="button" className="button" onClick={() => dialog.current?.close()}>{t.cancel}</button>
        </div>
      </div>
    </dialog>
  )
}
