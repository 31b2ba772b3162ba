// Keeps a document as a template.
import { useEffect, useRef, useState } from 'react'
import { mayAdminister, mayInvite } from '../../../rights'
import type { Me } from '../../people'
import type { DocumentView } from '../api'
import { t } from '../messages'
import { useKeepTemplate } from '../queries'

interface Props {
  document: DocumentView
  role: Me['role']
  onClose: () => void
}

export function KeepTemplateDialog({ document, role, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  const [title, setTitle] = useState(document.title)
  const [description, setDescription] = useState('')
  const [audience, setAudience] = useState<'personal' | 'workspace'>('personal')
  const keep = useKeepTemplate()
  const close = () => dialog.current?.close()
  const mayShare = mayInvite(role) && mayAdminister(document.right)
  if (keep.isSuccess) {
    return (
      <dialog ref={dialog} onClose={onClose} aria-labelledby="keep-title">
        <div className="stack">
          <h2 id="keep-title">{t.savedAsTemplate}</h2>
          <p role="status">{(audience === 'personal' ? t.youFindItAmongTheTemplates : t.everyoneFindsItAmongTheTemplates)({ name: title })}</p>
          <button type="button" className="button primary" onClick={close}>{t.done}</button>
        </div>
      </dialog>
    )
  }
  return (
    <dialog ref={dialog} onClose={onClose} aria-labelledby="keep-title">
      <form className="stack" onSubmit={(event) => {
        event.preventDefault()
        keep.mutate({ document: document.id, title, description, audience })
      }}>
        <h2 id="keep-title">{t.saveAsTemplate}</h2>
        <p>{t.newDocumentsCanStartWith}</p>
        <label className="field">{t.name}<input required maxLength={300} value={title} onChange={(event) => setTitle(event.target.value)} /></label>
        <label className="field">{t.descriptionOptional}<input maxLength={500} value={description} onChange={(event) => setDescription(event.target.value)} /></label>
        {mayShare && (
          <label className="field">{t.whoCanUseIt}
            <select value={audience} onChange={(event) => setAudience(event.target.value as typeof audience)}>
              <option value="personal">{t.onlyYou}</option>
              <option value="workspace">{t.everyoneInTheWorkspace}</option>
            </select>
          </label>
        )}
        {keep.error && <div role="alert" className="notice">{keep.error.message}</div>}
        <div className="row">
          <button type="submit" className="button primary" disabled={keep.isPending}>{t.saveTemplate}</button>
          <button type="button" className="button" onClick={close}>{t.cancel}</button>
        </div>
      </form>
    </dialog>
  )
}
