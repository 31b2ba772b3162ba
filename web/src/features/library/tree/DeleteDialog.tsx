import { useEffect, useRef } from 'react'

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
        <h2 id="delete-title">Move “{title}” to the trash</h2>
        <p>There are pages below it. What should happen to them?</p>
        <div className="row">
          <button type="button" className="button danger" onClick={() => choose('trash')}>Move them to the trash too</button>
          <button type="button" className="button" onClick={() => choose('keep')}>Keep them, one level up</button>
          <button type="button" className="button" onClick={() => dialog.current?.close()}>Cancel</button>
        </div>
      </div>
    </dialog>
  )
}
