import type { Editor } from '@tiptap/react'
import { type FormEvent, useEffect, useRef, useState } from 'react'

/** Asks for the address of an image, and inserts it. */
export default function ImageDialog({ editor, onClose }: { editor: Editor; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  const [url, setUrl] = useState('')
  const [problem, setProblem] = useState('')
  useEffect(() => dialog.current?.showModal(), [])
  const insert = (event: FormEvent) => {
    event.preventDefault()
    const src = url.trim()
    if (!/^https?:\/\/\S+$/.test(src)) return setProblem('Enter an address that begins with https://.')
    dialog.current?.close()
    editor.chain().focus().setImage({ src }).run()
  }
  return (
    <dialog ref={dialog} aria-labelledby="image-title" onClose={onClose}>
      <form className="stack" noValidate onSubmit={insert}>
        <h2 id="image-title">Insert image</h2>
        <label className="field">Image URL<input type="url" placeholder="https://…" value={url} onChange={(event) => setUrl(event.currentTarget.value)} /></label>
        <p className="hint">The image is loaded from there each time. Select it to keep a copy here.</p>
        {problem && <p role="alert" className="notice">{problem}</p>}
        <div className="row end">
          <button type="button" className="button" onClick={() => dialog.current?.close()}>Cancel</button>
          <button type="submit" className="button primary">Insert</button>
        </div>
      </form>
    </dialog>
  )
}
