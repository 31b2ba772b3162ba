import { date, dateTime } from '../../../dates'
import type { ApprovalView } from '../api'

const ACT: Record<string, string> = { approve: 'approved', reject: 'rejected', delegate: 'delegated to', withdraw: 'canceled the request' }
const STATE: Record<string, string> = { pending: 'Requested', approved: 'Approved', rejected: 'Rejected', withdrawn: 'Canceled' }

/** The steps of an approval, and the actions taken on them. */
export function ApprovalSteps({ approval }: { approval: ApprovalView }) {
  return (
    <>
      <p><strong>{STATE[approval.state] ?? approval.state}</strong>{approval.name !== 'Approval' && `: ${approval.name}`} · {approval.state === 'pending' ? 'by' : 'requested by'} {approval.requested_by_name}, {dateTime(approval.created_at)}</p>
      {approval.note && <p className="hint">{approval.note}</p>}
      <ol className="steps">
        {approval.steps.map((step) => (
          <li key={step.name} aria-current={step.state === 'on' ? 'step' : undefined}>
            <strong>{step.name}</strong> <small>{step.rule === 'all' && step.people.length > 1 ? 'everyone' : step.people.length > 1 ? 'any one of' : ''}</small>
            <span>{step.people.map(({ name, approved }) => (approved ? `${name} ✓` : name)).join(', ')}</span>
            {step.state === 'on' && step.due_at && <small>due {date(step.due_at)}</small>}
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
