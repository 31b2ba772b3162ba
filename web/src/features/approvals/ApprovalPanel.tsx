// Who must agree before a document counts, who did, and what one may do about it now.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Check, X } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { type ApprovalView, type DocumentView, type Status, api } from '../../api'
import { STATUS, approvalsKey, useApprovals } from './approvals'

const ACT: Record<string, string> = { approve: 'approved', reject: 'rejected', delegate: 'gave their place to', withdraw: 'took the request back' }
const STATE: Record<string, string> = { pending: 'Asked for', approved: 'Approved', rejected: 'Rejected', withdrawn: 'Taken back' }
const time = (at: string) => new Date(at).toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' })
const day = (at: string) => new Date(at).toLocaleDateString([], { dateStyle: 'medium' })

interface Props {
  document: DocumentView
  me: { id: string; isGuest: boolean }
  onClose: () => void
}

export function ApprovalPanel({ document, me, onClose }: Props) {
  const { id, kind, status, right } = document
  const queries = useQueryClient()
  const approvals = useApprovals(id)
  const move = useMutation({
    mutationFn: (act: () => Promise<unknown>) => act(),
    onSuccess: () => Promise.all([
      queries.invalidateQueries({ queryKey: approvalsKey(id) }), queries.invalidateQueries({ queryKey: ['document', id] }), queries.invalidateQueries({ queryKey: ['revisions', id] }),
    ]),
  })
  const mayEdit = right === 'edit' || right === 'approve' || right === 'admin'
  const mayApprove = right === 'approve' || right === 'admin'
  const pending = approvals.data?.find(({ state }) => state === 'pending')
  const past = approvals.data?.filter((one) => one !== pending) ?? []
  const to = (status: Status) => () => move.mutate(() => api.setStatus(id, status))
  return (
    <aside className="panel" aria-label="Approval">
      <div className="row">
        <h2>Approval</h2>
        <button type="button" className="button quiet" aria-label="Close the approval" onClick={onClose}><X size={16} strokeWidth={1.75} /></button>
      </div>
      <p className="hint">{STATUS[status] ?? status}</p>
      {(approvals.error ?? move.error) && <p role="alert" className="notice">{(approvals.error ?? move.error)?.message}</p>}
      {!me.isGuest && (
        <div className="row wraps">
          {mayApprove && status === 'approved' && <button type="button" className="button primary" disabled={move.isPending} onClick={to('published')}>Publish</button>}
          {mayEdit && (status === 'approved' || status === 'published') && <button type="button" className="button" disabled={move.isPending} onClick={to('draft')}>Begin a new version</button>}
          {right === 'admin' && status === 'archived' && <button type="button" className="button" disabled={move.isPending} onClick={to('draft')}>Out of the archive</button>}
          {right === 'admin' && status !== 'review' && status !== 'archived' && <button type="button" className="button quiet" disabled={move.isPending} onClick={to('archived')}>Archive</button>}
        </div>
      )}
      {mayEdit && !me.isGuest && status === 'draft' && <Request document={id} kind={kind} busy={move.isPending} onRequest={(wish) => move.mutate(() => api.requestApproval(id, wish))} />}
      {pending && <Pending document={document} approval={pending} me={me.id} busy={move.isPending} onMove={(act) => move.mutate(act)} />}
      {past.length > 0 && (
        <section className="stack">
          <h3>Before</h3>
          <ul className="plain threads">{past.map((one) => <li key={one.approval_id} className="thread"><Chain approval={one} /></li>)}</ul>
        </section>
      )}
    </aside>
  )
}

/** What was asked, step by step, and what was done about it. */
function Chain({ approval }: { approval: ApprovalView }) {
  return (
    <>
      <p><strong>{STATE[approval.state] ?? approval.state}</strong>: {approval.name}, by {approval.requested_by_name}, {time(approval.created_at)}</p>
      {approval.note && <p className="hint">{approval.note}</p>}
      <ol className="steps">
        {approval.steps.map((step) => (
          <li key={step.name} aria-current={step.state === 'on' ? 'step' : undefined}>
            <strong>{step.name}</strong> <small>{step.rule === 'all' && step.people.length > 1 ? 'all of' : step.people.length > 1 ? 'one of' : ''}</small>
            <span>{step.people.map(({ name, approved }) => (approved ? `${name} ✓` : name)).join(', ')}</span>
            {step.state === 'on' && step.due_at && <small>until {day(step.due_at)}</small>}
          </li>
        ))}
      </ol>
      {approval.acts.length > 0 && (
        <ul className="plain hint">
          {approval.acts.map((act) => (
            <li key={`${act.at}${act.by}${act.act}`}>{act.by_name} {ACT[act.act] ?? act.act} {act.to_name}{act.note && `: ${act.note}`}</li>
          ))}
        </ul>
      )}
    </>
  )
}

interface PendingProps {
  document: DocumentView
  approval: ApprovalView
  me: string
  busy: boolean
  onMove: (act: () => Promise<unknown>) => void
}

function Pending({ document: { id, right }, approval, me, busy, onMove }: PendingProps) {
  const [note, setNote] = useState('')
  const asked = approval.steps.some(({ state, people }) => state === 'on' && people.some((one) => one.id === me && !one.approved))
  const holders = useQuery({ queryKey: ['sharing', id, 'access'], queryFn: () => api.access(id), enabled: asked })
  const others = (holders.data ?? []).filter((one) => (one.right === 'approve' || one.right === 'admin') && one.account_id !== me)
  const approval_id = approval.approval_id
  return (
    <section className="thread active" aria-label="The request">
      <Chain approval={approval} />
      {(asked || approval.requested_by === me || right === 'admin') && (
        <label className="field">A word about it (optional)<input value={note} maxLength={2_000} onChange={(event) => setNote(event.target.value)} /></label>
      )}
      {asked && (
        <>
          <div className="row wraps">
            <button type="button" className="button primary" disabled={busy} onClick={() => onMove(() => api.decide(id, approval_id, 'approve', note))}><Check size={16} strokeWidth={1.75} />Approve</button>
            <button type="button" className="button" disabled={busy} onClick={() => onMove(() => api.decide(id, approval_id, 'reject', note))}><X size={16} strokeWidth={1.75} />Reject</button>
          </div>
          {others.length > 0 && (
            <label className="field">
              Or give your place to
              <select value="" disabled={busy} onChange={(event) => event.target.value && onMove(() => api.delegateApproval(id, approval_id, event.target.value, note))}>
                <option value="">nobody else</option>
                {others.map(({ account_id, name }) => <option key={account_id} value={account_id}>{name}</option>)}
              </select>
            </label>
          )}
        </>
      )}
      {(approval.requested_by === me || right === 'admin') && (
        <button type="button" className="button quiet" disabled={busy} onClick={() => onMove(() => api.withdrawApproval(id, approval_id, note))}>Take the request back</button>
      )}
    </section>
  )
}

interface RequestProps {
  document: string
  kind: string
  busy: boolean
  onRequest: (wish: Parameters<typeof api.requestApproval>[1]) => void
}

function Request({ document, kind: documentKind, busy, onRequest }: RequestProps) {
  const workflows = useQuery({ queryKey: ['workflows'], queryFn: api.workflows })
  const offered = (workflows.data ?? []).filter(({ document_kind }) => document_kind === '' || document_kind === documentKind)
  const holders = useQuery({ queryKey: ['sharing', document, 'access'], queryFn: () => api.access(document) })
  const approvers = (holders.data ?? []).filter(({ right }) => right === 'approve' || right === 'admin')
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const fields = new FormData(event.currentTarget)
    const [kind, id = ''] = String(fields.get('by')).split(' ')
    const note = String(fields.get('note') ?? '')
    onRequest(kind === 'workflow' ? { workflow_id: id, note } : { steps: [{ name: 'Approval', people: [{ kind: 'account', id }] }], note })
  }
  return (
    <form className="stack" onSubmit={submit}>
      <label className="field">
        Have it approved by
        <select name="by" required>
          {offered.map(({ workflow_id, name }) => <option key={workflow_id} value={`workflow ${workflow_id}`}>{name}</option>)}
          {approvers.map(({ account_id, name }) => <option key={account_id} value={`account ${account_id}`}>{name}</option>)}
        </select>
      </label>
      <label className="field">A word to them (optional)<input name="note" maxLength={2_000} /></label>
      <button type="submit" className="button primary" disabled={busy}>Ask for approval</button>
      <p className="hint">The text as it is now is kept as a version; that is what they decide about.</p>
    </form>
  )
}
