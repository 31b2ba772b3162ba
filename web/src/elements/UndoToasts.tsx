import { X } from 'lucide-react'
import { type ReactNode, useEffect } from 'react'
import { t } from '../messages'
import { useStore } from '../store'
import { deletions } from '../sync/undoableDeletions'

/** Says what was just deleted, and offers to undo it for as long as that is possible. Toasts of features come below. */
export function UndoToasts({ account, children }: { account: string; children?: ReactNode }) {
  const { undoable, failure } = useStore(deletions, (state) => state)
  useEffect(() => deletions.begin(account), [account])
  return (
    <div className="toasts" aria-live="polite">
      {undoable.map(({ path, said }) => (
        <p key={path} className="toast">
          {said}
          <button type="button" className="button quiet" onClick={() => deletions.undo(path)}>{t.undo}</button>
        </p>
      ))}
      {failure && (
        <p className="toast">
          {failure}
          <button type="button" className="button quiet" aria-label={t.close} onClick={deletions.dismiss}><X size={16} strokeWidth={1.75} /></button>
        </p>
      )}
      {children}
    </div>
  )
}
