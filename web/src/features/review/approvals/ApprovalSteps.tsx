import { date, dateTime } from '../../../dates'
import type { ApprovalView } from '../api'
import { t } from '../messages'
import { PLAIN_STEP } from './steps'

type Act = ApprovalView['acts'][number]

const ACT: Record<string, (people: { name: string; to: string }) => string> = {
  approve: t.nameApproved, reject: t.nameRejected, delegate: t.nameDelegatedTo, withdraw: t.nameCanceledTheRequest, move: t.nameMovedTheRequest,
}
const STATE: Record<string, string> = { pending: t.requested, approved: t.approved, rejected: t.rejected, withdrawn: t.canceled }

const said = (act: Act): string => `${ACT[act.act]?.({ name: act.by_name, to: act.to_name ?? '' }) ?? `${act.by_name} ${act.act} ${act.to_name ?? ''}`}${act.note ? `: ${act.note}` : ''}`

/** The steps of an approval, and the actions taken on them. What no longer counts is struck. */
export function ApprovalSteps({ approval }: { approval: ApprovalView }) {
  return (
    <>
      <p><strong>{STATE[approval.state] ?? approval.state}</strong>{approval.name !== PLAIN_STEP && `: ${approval.name}`} · {(approval.state === 'pending' ? t.byName : t.requestedByName)({ name: approval.requested_by_name, date: dateTime(approval.created_at) })}</p>
      {approval.note && <p className="hint">{approval.note}</p>}
      <ol className="steps">
        {approval.steps.map((step) => (
          <li key={step.name} aria-current={step.state === 'on' ? 'step' : undefined}>
            <strong>{step.name === PLAIN_STEP ? t.approval : step.name}</strong> <small>{step.people.length > 1 ? (step.rule === 'all' ? t.everyoneBefore : t.anyOneOf) : ''}</small>
            <span>{step.people.map(({ name, approved }) => (approved ? `${name} ✓` : name)).join(', ')}</span>
            {step.state === 'on' && step.due_at && <small>{t.dueBy({ date: date(step.due_at) })}</small>}
          </li>
        ))}
      </ol>
      {approval.acts.length > 0 && (
        <ul className="plain hint steps-acts">
          {approval.acts.map((act) => (
            <li key={`${act.at}${act.by}${act.act}`}>{act.voided_at ? <><s>{said(act)}</s> <small>{t.noLongerCounts}</small></> : said(act)}</li>
          ))}
        </ul>
      )}
    </>
  )
}
