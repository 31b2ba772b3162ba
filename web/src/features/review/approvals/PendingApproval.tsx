import { useState } from 'react'
import { mayAdminister } from '../../../rights'
import type { DocumentView } from '../../library'
import type { ApprovalView } from '../api'
import { t } from '../messages'
import { ApprovalSteps } from './ApprovalSteps'
import { Decide } from './Decide'
import { DecidedVersion } from './DecidedVersion'
import { DueDate } from './DueDate'
import { ManageRequest } from './ManageRequest'
import type { Reviewed } from './reviewed'

interface Props {
  document: DocumentView
  approval: ApprovalView
  /** All requests of the document, newest first. */
  all: ApprovalView[]
  me: string
  busy: boolean
  onMove: (act: () => Promise<unknown>) => void
  onReview: (view: Reviewed) => void
}

/**
 * A pending request: approvers of the current step can decide it, and the requester or an admin can move or cancel it.
 */
export function PendingApproval({ document: { id, right }, approval, all, me, busy, onMove, onReview }: Props) {
  const asked = approval.steps.some(({ state, people }) => state === 'on' && people.some((one) => one.id === me && !one.approved))
  // A person who has read one version must not decide on another one that took its place.
  const [seen, setSeen] = useState(approval.revision_id)
  const mover = approval.acts.findLast(({ act }) => act === 'move')?.by
  const isMoved = asked && seen !== approval.revision_id && mover !== me
  const mayManage = approval.requested_by === me || mayAdminister(right)
  const readAgain = () => {
    setSeen(approval.revision_id)
    onReview('moved')
  }
  return (
    <section className="thread active" aria-label={t.theRequest}>
      <ApprovalSteps approval={approval} />
      <DueDate document={id} approval={approval} mayChange={mayManage} busy={busy} onMove={onMove} />
      {isMoved && (
        <div role="alert" className="notice warn">
          <p>{t.theRequestWasMoved}</p>
          <div className="row wraps"><button type="button" className="button" onClick={readAgain}>{t.showWhatIsNew}</button></div>
        </div>
      )}
      <DecidedVersion approval={approval} all={all} isAsked={asked} onReview={onReview} />
      {asked && !isMoved && <Decide document={id} approval={approval} me={me} busy={busy} onMove={onMove} />}
      {mayManage && <ManageRequest document={id} approval={approval} busy={busy} onMove={onMove} />}
    </section>
  )
}
