import type { Editor } from '@tiptap/core'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { t } from '../messages'

/** Asks for the address of an image, and inserts it. */
export function ImageDialog({ editor, onClose }: { editor: Editor; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  const [url, setUrl] = useState('')
  const [problem, setProblem] = useState('')
  useEffect(() => dialog.current?.showModal(), [])
  const insert = (event: FormEvent) => {
    event.preventDefault()
    const src = url.trim()
    if (!/^https?:\/\/\S+$/.test(src)) return setProblem(t.enterAnAddressThatBegins)
    dialog.current?.close()
    editor.chain().focus().setImage({ src }).run()
  }
  return (
    <dialog ref={dialog} aria-labelledby="image-title" onClose={onClose}>
      <form className="stack" noValidate onSubmit={insert}>
        <h2 id="image-title">{t.insertImage}</h2>
        <label className="field">{t.imageUrl}<input type="url" placeholder="https://…" value={url} onChange={(event) => setUrl(event.currentTarget.value)} /></label>
        <p className="hint">{t.theImageIsLoadedFrom}</p>
        {problem && <p role="alert" className="notice">{problem}</p>}
        <div className="row end">
          <button type="button" className="button" onClick={() => dialog.current?.close()}>{t.cancel}</button>
          <button type="submit" className="button primary">{t.insert}</button>
        </div>
      </form>
    </dialog>
  )
}
