// Keeps a document as a template.
import { useEffect, useRef, useState } from 'react'
import { mayAdminister, mayInvite } from '../../../rights'
import type { Me } from '../../people'
import type { DocumentView } from '../api'
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
  const keep = useKeepTemplate(() => dialog.current?.close())
  const mayShare = mayInvite(role) && mayAdminister(document.right)
  return (
    <dialog ref={dialog} onClose={onClose} aria-labelledby="keep-title">
      <form className="stack" onSubmit={(event) => {
        event.preventDefault()
        keep.mutate({ document: document.id, title, description, audience })
      }}>
        <h2 id="keep-title">Save as template</h2>
        <p>New documents can start with this text, as it is now.</p>
        <label>Name<input required maxLength={300} value={title} onChange={(event) => setTitle(event.target.value)} /></label>
        <label>Description (optional)<input maxLength={500} value={description} onChange={(event) => setDescription(event.target.value)} /></label>
        {mayShare && (
          <label>Who can use it
            <select value={audience} onChange={(event) => setAudience(event.target.value as typeof audience)}>
              <option value="personal">Only you</option>
              <option value="workspace">Everyone in the workspace</option>
            </select>
          </label>
        )}
        {keep.error && <div role="alert" className="notice">{keep.error.message}</div>}
        <div className="row">
          <button type="submit" className="button primary" disabled={keep.isPending}>Save template</button>
          <button type="button" className="button" onClick={() => dialog.current?.close()}>Cancel</button>
        </div>
      </form>
    </dialog>
  )
}
