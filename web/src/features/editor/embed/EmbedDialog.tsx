import type { Editor } from '@tiptap/core'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { addressFrom } from '../links/address'
import { t } from '../messages'
import { isWebAddress } from './frames'

/** Asks for the address of a page that becomes a card, or changes the card that is selected. */
export function EmbedDialog({ editor, onClose }: { editor: Editor; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  const [before] = useState(() => (editor.isActive('embed') ? editor.getAttributes('embed') : null))
  const [url, setUrl] = useState(String(before?.href ?? ''))
  const [title, setTitle] = useState(String(before?.title ?? ''))
  const [problem, setProblem] = useState('')
  useEffect(() => dialog.current?.showModal(), [])
  const insert = (event: FormEvent) => {
    event.preventDefault()
    const href = addressFrom(url)
    if (!href || !isWebAddress(href)) return setProblem(t.enterAnAddressThatBegins)
    dialog.current?.close()
    editor.chain().focus().setEmbed({ href, title }).run()
  }
  return (
    <dialog ref={dialog} aria-labelledby="embed-title" onClose={onClose}>
      <form className="stack" noValidate onSubmit={insert}>
        <h2 id="embed-title">{before ? t.editCardTitle : t.insertCard}</h2>
        <label className="field">{t.cardAddress}<input type="url" placeholder="https://…" value={url} onChange={(event) => setUrl(event.currentTarget.value)} /></label>
        <label className="field">{t.cardTitle}<input type="text" value={title} onChange={(event) => setTitle(event.currentTarget.value)} /></label>
        <p className="hint">{t.cardHint}</p>
        {problem && <p role="alert" className="notice">{problem}</p>}
        <div className="row end">
          <button type="button" className="button" onClick={() => dialog.current?.close()}>{t.cancel}</button>
          <button type="submit" className="button primary">{before ? t.saveCard : t.insert}</button>
        </div>
      </form>
    </dialog>
  )
}
