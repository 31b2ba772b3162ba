import { useState } from 'react'
import { ConfirmDialog } from '../../../elements/ConfirmDialog'
import { type ApprovalView, api } from '../api'
import { t } from '../messages'

interface Props {
  document: string
  approval: ApprovalView
  busy: boolean
  onMove: (act: () => Promise<unknown>) => void
}

/** For its requester: move the request to the newest version, or cancel it. */
export function ManageRequest({ document, approval, busy, onMove }: Props) {
  const [note, setNote] = useState('')
  const [isAsking, setAsking] = useState(false)
  const { approval_id, revision_id, acts } = approval
  const decided = acts.filter(({ act, voided_at }) => act === 'approve' && !voided_at).length
  // A note about one move does not belong to the next.
  const move = () => onMove(() => api.moveApproval(document, approval_id, revision_id, note).then(() => setNote((now) => (now === note ? '' : now))))
  return (
    <section className="stack" aria-label={t.yourRequest}>
      <label className="field">{t.messageToTheApprovers}<input value={note} maxLength={2_000} onChange={(event) => setNote(event.target.value)} /></label>
      <div className="row wraps">
        {approval.changed_since && <button type="button" className="button" disabled={busy} onClick={() => (decided > 0 ? setAsking(true) : move())}>{t.moveToTheNewestVersion}</button>}
        <button type="button" className="button quiet" disabled={busy} onClick={() => onMove(() => api.withdrawApproval(document, approval_id, note))}>{t.cancelRequest}</button>
      </div>
      {isAsking && (
        <ConfirmDialog title={t.moveToTheNewestVersionQuestion} action={t.moveTheRequest} onConfirm={move} onClose={() => setAsking(false)}>
          {t.approvalsWillNoLongerCount({ count: decided })}
        </ConfirmDialog>
      )}
    </section>
  )
}
