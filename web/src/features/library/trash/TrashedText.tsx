import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { ServerHtml } from '../../../elements/ServerHtml'
import { type TrashedDocument, api } from '../api'
import { t } from '../messages'
import { documentsKey } from '../queries'

/** Shows the text of a document in the trash, which nobody can edit there. */
export function TrashedText({ trashed: { document }, onClose }: { trashed: TrashedDocument; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  const text = useQuery({ queryKey: [...documentsKey, 'trashed-text', document.id], queryFn: () => api.trashedText(document.id) })
  return (
    <dialog ref={dialog} className="wide" onClose={onClose} aria-labelledby="trashed-title">
      <div className="stack">
        <h2 id="trashed-title">{document.title}</h2>
        <p className="hint">{t.thisDocumentIsInThe}</p>
        {text.isError && <div role="alert" className="notice">{text.error.message}</div>}
        {text.data === '' && <p className="hint">{t.itHasNoText}</p>}
        <ServerHtml html={text.data ?? ''} className="reading" />
        <div className="row"><button type="button" className="button" onClick={() => dialog.current?.close()}>{t.done}</button></div>
      </div>
    </dialog>
  )
}
