import { Check, X } from 'lucide-react'
import { useState } from 'react'
import { mayAdminister, mayApprove } from '../../../rights'
import { type DocumentView, useHolders } from '../../library'
import { dateTime } from '../../../dates'
import { type ApprovalView, type Compared, api } from '../api'
import { t } from '../messages'
import { ApprovalSteps } from './ApprovalSteps'
import { sinceThen } from './since'

interface Props {
  document: DocumentView
  approval: ApprovalView
  me: string
  busy: boolean
  onMove: (act: () => Promise<unknown>) => void
  onCompare: (revision: string, shown: Compared) => void
}

/** The version that is decided on: by its name if it has one. */
function decidedOn({ revision_name: name, revision_created_at }: ApprovalView, isAsked: boolean): string {
  const date = dateTime(revision_created_at)
  if (name) return (isAsked ? t.youDecideOnNamed : t.theDecisionIsOnNamed)({ name, date })
  return (isAsked ? t.youDecideOn : t.theDecisionIsOn)({ date })
}

/** A pending request: approvers of the current step can decide it, and the requester or an admin can withdraw it. */
export function PendingApproval({ document: { id, right }, approval, me, busy, onMove, onCompare }: Props) {
  const [note, setNote] = useState('')
  const asked = approval.steps.some(({ state, people }) => state === 'on' && people.some((one) => one.id === me && !one.approved))
  const holders = useHolders(id, asked)
  const others = (holders.data ?? []).filter((one) => mayApprove(one.right) && one.account_id !== me)
  const { approval_id, revision_id, changed_since: since } = approval
  const mayWithdraw = approval.requested_by === me || mayAdminister(right)
  return (
    <section className="thread active" aria-label={t.theRequest}>
      <ApprovalSteps approval={approval} />
      <div className={since ? 'notice warn' : 'hint'} data-testid="decided-version">
        <p>
          {decidedOn(approval, asked)}{' '}
          {since ? t.theTextHasChangedSince({ change: sinceThen(since) }) : t.theTextHasNotChanged}
        </p>
        <div className="row wraps">
          <button type="button" className="button" onClick={() => onCompare(revision_id, 'text')}>{t.showVersion}</button>
          {since && <button type="button" className="button" onClick={() => onCompare(revision_id, 'now')}>{t.showChanges}</button>}
        </div>
      </div>
      {(asked || mayWithdraw) && (
        <label className="field">{t.commentOptional}<input value={note} maxLength={2_000} onChange={(event) => setNote(event.target.value)} /></label>
      )}
      {asked && (
        <>
          <div className="row wraps">
            <button type="button" className="button primary" disabled={busy} onClick={() => onMove(() => api.decide(id, approval_id, 'approve', note))}><Check size={16} strokeWidth={1.75} />{t.approve}</button>
            <button type="button" className="button" disabled={busy} onClick={() => onMove(() => api.decide(id, approval_id, 'reject', note))}><X size={16} strokeWidth={1.75} />{t.reject}</button>
          </div>
          {others.length > 0 && (
            <label className="field">
              {t.delegateTo}
              <select value="" disabled={busy} onChange={(event) => event.target.value && onMove(() => api.delegateApproval(id, approval_id, event.target.value, note))}>
                <option value="">{t.choose}</option>
                {others.map(({ account_id, name }) => <option key={account_id} value={account_id}>{name}</option>)}
              </select>
            </label>
          )}
        </>
      )}
      {mayWithdraw && (
        <button type="button" className="button quiet" disabled={busy} onClick={() => onMove(() => api.withdrawApproval(id, approval_id, note))}>{t.cancelRequest}</button>
      )}
    </section>
  )
}
