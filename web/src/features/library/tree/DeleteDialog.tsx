import { useEffect, useRef } from 'react'
import { t } from '../messages'

interface Props {
  title: string
  onChoose: (children: 'trash' | 'keep') => void
  onClose: () => void
}

/** Asks what happens to the pages below one that is deleted. */
export function DeleteDialog({ title, onChoose, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  const choose = (children: 'trash' | 'keep') => {
    onChoose(children)
    dialog.current?.close()
  }
  return (
    <dialog ref={dialog} onClose={onClose} aria-labelledby="delete-title">
      <div className="stack">
        <h2 id="delete-title">{t.moveToTheTrash({ title })}</h2>
        <p>{t.thereArePagesBelowIt}</p>
        <div className="row">
          <button type="button" className="button danger" onClick={() => choose('trash')}>{t.moveThemToTheTrash}</button>
          <button type="button" className="button" onClick={() => choose('keep')}>{t.keepThemOneLevelUp}</button>
          <button type="button" className="button" onClick={() => dialog.current?.close()}>{t.cancel}</button>
        </div>
      </div>
    </dialog>
  )
}
