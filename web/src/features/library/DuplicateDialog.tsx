// Copies a page that has pages below it, with or without them.
import { useEffect, useRef } from 'react'
import { t } from './messages'

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
        <h2 id="duplicate-title">{t.duplicateTitle({ title })}</h2>
        <p>{t.theCopyIsADraft}</p>
        <div className="row">
          <button type="button" className="button primary" onClick={() => choose(false)}>{t.thisPageOnly}</button>
          <button type="button" className="button" onClick={() => choose(true)}>{t.withThePagesBelow}</button>
          <button type="button" className="button" onClick={() => dialog.current?.close()}>{t.cancel}</button>
        </div>
      </div>
    </dialog>
  )
}
