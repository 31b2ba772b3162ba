// Puts one block of an earlier version back, after showing it.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Undo2 } from 'lucide-react'
import { Dialog } from '../../../elements/Dialog'
import { ServerHtml } from '../../../elements/ServerHtml'
import { type Revision, api } from '../api'
import { t } from '../messages'
import { revisionsKey } from '../queries'

/** A block of an earlier version. */
export interface Block {
  number: number
  /** How it read, as HTML of the server. */
  html: string
}

/** Restores blocks of a document, and undoes the last of it. */
export function useRestoreBlock(document: string) {
  const queries = useQueryClient()
  const again = () => Promise.all([queries.invalidateQueries({ queryKey: revisionsKey(document) }), queries.invalidateQueries({ queryKey: ['changes', document] })])
  const restore = useMutation({ mutationFn: ({ revision, block }: { revision: Revision; block: number }) => api.restoreBlock(document, revision.revision_id, block), onSuccess: again })
  const undo = useMutation({ mutationFn: (restored: string) => api.undoRestore(document, restored), onSuccess: () => {
    restore.reset()
    return again()
  } })
  return { restore, undo }
}

export function RestoreBlockDialog({ block, onConfirm, onClose }: { block: Block; onConfirm: () => void; onClose: () => void }) {
  return (
    <Dialog title={t.restoreThisBlock} onClose={onClose}>
      {(close) => (
        <>
          <p>{t.theBlockIsPutBack}</p>
          <ServerHtml html={block.html} className="preview" />
          <div className="row">
            <button type="button" className="button primary" onClick={() => { onConfirm(); close() }}>{t.restoreBlock}</button>
            <button type="button" className="button" onClick={close}>{t.cancel}</button>
          </div>
        </>
      )}
    </Dialog>
  )
}

export function BlockRestored({ isBusy, onUndo }: { isBusy: boolean; onUndo: () => void }) {
  return (
    <p role="status" className="notice warn">
      {t.blockRestored}{' '}
      <button type="button" className="button" disabled={isBusy} onClick={onUndo}><Undo2 size={16} strokeWidth={1.75} />{t.undo}</button>
    </p>
  )
}
