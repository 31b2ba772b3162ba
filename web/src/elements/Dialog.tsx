import { type ReactNode, useEffect, useId, useRef } from 'react'

interface Props {
  title: string
  className?: string
  onClose: () => void
  /** The content; `close` closes the dialog. */
  children: (close: () => void) => ReactNode
}

/** A modal dialog, open for as long as it is rendered. Escape closes it; the focus returns to what opened it. */
export function Dialog({ title, className, onClose, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => dialog.current?.showModal(), [])
  return (
    // In React, the end of a dialog within this one arrives here too.
    <dialog ref={dialog} className={className} onClose={(event) => event.target === event.currentTarget && onClose()} aria-labelledby={id}>
      <div className="stack">
        <h2 id={id}>{title}</h2>
        {children(() => dialog.current?.close())}
      </div>
    </dialog>
  )
}
