import { t } from '../messages'
import { Dialog } from './Dialog'

interface Props {
  title: string
  /** What will happen, and whether it can be undone. */
  children: string
  /** The name of the button that does it. */
  action: string
  onConfirm: () => void
  onClose: () => void
}

/** Asks before something that cannot be undone. */
export function ConfirmDialog({ title, children, action, onConfirm, onClose }: Props) {
  return (
    <Dialog title={title} onClose={onClose}>
      {(close) => (
        <>
          <p>{children}</p>
          <div className="row">
            <button type="button" className="button danger" onClick={() => { onConfirm(); close() }}>{action}</button>
            <button type="button" className="button" onClick={close}>{t.cancel}</button>
          </div>
        </>
      )}
    </Dialog>
  )
}
