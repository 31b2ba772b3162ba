// Copies a page that has pages below it, with or without them.
import { useEffect, useRef } from 'react'

interface Props {
  title: string
  onChoose: (subtree: boolean) => void
  onClose: () => void
}

export function DuplicateDialog({ title, onChoose, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  const choose = (subtree: boolean) => {
    onChoose(subtree)
    dialog.current?.close()
  }
  return (
    <dialog ref={dialog} onClose={onClose} aria-labelledby="duplicate-title">
      <div className="stack">
        <h2 id="duplicate-title">Duplicate “{title}”</h2>
        <p>The copy is a draft of yours, without comments and history.</p>
        <div className="row">
          <button type="button" className="button primary" onClick={() => choose(false)}>This page only</button>
          <button type="button" className="button" onClick={() => choose(true)}>With the pages below</button>
          <button type="button" className="button" onClick={() => dialog.current?.close()}>Cancel</button>
        </div>
      </div>
    </dialog>
  )
}
