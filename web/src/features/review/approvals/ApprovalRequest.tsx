import type { FormEvent } from 'react'
import { mayApprove } from '../../../rights'
import { useHolders } from '../../library'
import type { api } from '../api'
import { useWorkflows } from '../queries'

interface Props {
  document: string
  kind: string
  busy: boolean
  onRequest: (wish: Parameters<typeof api.requestApproval>[1]) => void
}

/** Requests approval, by a workflow or by one person. */
export function ApprovalRequest({ document, kind: documentKind, busy, onRequest }: Props) {
  const workflows = useWorkflows()
  const offered = (workflows.data ?? []).filter(({ document_kind }) => document_kind === '' || document_kind === documentKind)
  const holders = useHolders(document)
  const approvers = (holders.data ?? []).filter(({ right }) => mayApprove(right))
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
