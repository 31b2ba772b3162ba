// The approvals of a document: the pending one, earlier ones, and possible next actions.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { X } from 'lucide-react'
import { keepFocus } from '../../../elements/keepFocus'
import { mayAdminister, mayApprove, mayEdit } from '../../../rights'
import { type DocumentView, type Status, documentKey, setStatus, statusName } from '../../library'
import { api } from '../api'
import { t } from '../messages'
import { approvalsKey, revisionsKey, useApprovals } from '../queries'
import { ApprovalRequest } from './ApprovalRequest'
import { ApprovalSteps } from './ApprovalSteps'
import { PendingApproval } from './PendingApproval'
import type { Reviewed } from './reviewed'

interface Props {
  document: DocumentView
  me: { id: string; isGuest: boolean }
  onReview: (view: Reviewed | null) => void
  onClose: () => void
  /** Opens the share dialog. */
  onShare: () => void
}

export function ApprovalPanel({ document, me, onReview, onClose, onShare }: Props) {
  const { id, kind, status, right } = document
  const queries = useQueryClient()
  const approvals = useApprovals(id)
  const move = useMutation({
    mutationFn: (act: () => Promise<unknown>) => act(),
    onSettled: () => Promise.all([
      queries.invalidateQueries({ queryKey: approvalsKey(id) }), queries.invalidateQueries({ queryKey: documentKey(id) }), queries.invalidateQueries({ queryKey: revisionsKey(id) }),
    ]),
  })
  const pending = approvals.data?.find(({ state }) => state === 'pending')
  const past = approvals.data?.filter((one) => one !== pending) ?? []
  const to = (status: Status) => () => move.mutate(() => setStatus(id, status))
  return (
    <aside ref={keepFocus} className="panel" aria-label={t.approval}>
      <div className="row">
        <h2>{t.approval}</h2>
        <button type="button" className="button quiet" aria-label={t.closeTheApproval} onClick={onClose}><X size={16} strokeWidth={1.75} /></button>
      </div>
      <p className="hint">{statusName(status)}</p>
      {(approvals.error ?? move.error) && <p role="alert" className="notice">{(approvals.error ?? move.error)?.message}</p>}
      {!me.isGuest && (
        <div className="row wraps">
          {mayApprove(right) && status === 'approved' && <button type="button" className="button primary" disabled={move.isPending} onClick={to('published')}>{t.publish}</button>}
          {mayEdit(right) && (status === 'approved' || status === 'published') && <button type="button" className="button" disabled={move.isPending} onClick={to('draft')}>{t.startANewDraft}</button>}
          {mayAdminister(right) && status === 'archived' && <button type="button" className="button" disabled={move.isPending} onClick={to('draft')}>{t.unarchive}</button>}
          {mayAdminister(right) && status !== 'review' && status !== 'archived' && <button type="button" className="button quiet" disabled={move.isPending} onClick={to('archived')}>{t.archive}</button>}
        </div>
      )}
      {mayEdit(right) && !me.isGuest && status === 'draft' && <ApprovalRequest document={id} kind={kind} onShare={mayAdminister(right) ? onShare : undefined} busy={move.isPending} onRequest={(wish) => move.mutate(() => api.requestApproval(id, wish))} />}
      {pending && <PendingApproval key={pending.approval_id} document={document} approval={pending} all={approvals.data ?? []} me={me.id} busy={move.isPending} onMove={(act) => move.mutate(act)} onReview={onReview} />}
      {past.length > 0 && (
        <section className="stack">
          <h3>{t.earlierRequests}</h3>
          <ul className="plain threads">{past.map((one) => <li key={one.approval_id} className="thread"><ApprovalSteps approval={one} /></li>)}</ul>
        </section>
      )}
    </aside>
  )
}
