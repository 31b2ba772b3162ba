import { Check, MessageSquareReply } from 'lucide-react'
import { useRef, useState } from 'react'
import { useHolders } from '../../library'
import { type ApprovalView, api } from '../api'
import { t } from '../messages'

interface Props {
  document: string
  approval: ApprovalView
  me: string
  busy: boolean
  onMove: (act: () => Promise<unknown>) => void
}

/** For an approver whose turn it is: approve, ask for changes, or hand over. */
export function Decide({ document, approval: { approval_id, revision_id }, me, busy, onMove }: Props) {
  const [note, setNote] = useState('')
  const [needsNote, setNeedsNote] = useState(false)
  const field = useRef<HTMLTextAreaElement>(null)
  const holders = useHolders(document, true)
  const others = (holders.data ?? []).filter((one) => one.may_approve && one.account_id !== me)
  const ask = () => {
    if (note.trim()) return onMove(() => api.decide(document, approval_id, revision_id, 'reject', note))
    setNeedsNote(true)
    field.current?.focus()
  }
  return (
    <>
      <label className="field">
        {t.commentOptional}
        <textarea ref={field} rows={2} value={note} maxLength={2_000} aria-invalid={needsNote} onChange={(event) => { setNote(event.target.value); setNeedsNote(false) }} />
      </label>
      {needsNote && <p role="alert" className="notice warn">{t.sayWhatShouldChange}</p>}
      <div className="row wraps">
        <button type="button" className="button primary" disabled={busy} onClick={() => onMove(() => api.decide(document, approval_id, revision_id, 'approve', note))}><Check size={16} strokeWidth={1.75} />{t.approve}</button>
        <button type="button" className="button" disabled={busy} onClick={ask}><MessageSquareReply size={16} strokeWidth={1.75} />{t.reject}</button>
      </div>
      {others.length > 0 && (
        <label className="field">
          {t.delegateTo}
          <select value="" disabled={busy} onChange={(event) => event.target.value && onMove(() => api.delegateApproval(document, approval_id, event.target.value, note))}>
            <option value="">{t.choose}</option>
            {others.map(({ account_id, name }) => <option key={account_id} value={account_id}>{name}</option>)}
          </select>
        </label>
      )}
    </>
  )
}
