import type { StepDraft } from './steps'

interface Props {
  step: StepDraft
  index: number
  members: { account_id: string; name: string }[]
  groups: { group_id: string; name: string }[]
  onChange: (part: Partial<StepDraft>) => void
}

/** One step in the form of a workflow. */
export function StepFields({ step, index, members, groups, onChange }: Props) {
  return (
    <fieldset className="step">
      <legend>Step {index + 1}</legend>
      <label className="field">Name<input value={step.name} required maxLength={100} placeholder="Legal" onChange={(event) => onChange({ name: event.target.value })} /></label>
      <label className="field">
        Approvers
        <select value={step.who} required onChange={(event) => onChange({ who: event.target.value })}>
          <option value="">Choose…</option>
          <option value="role admin">Admins</option>
          <option value="role manager">Managers</option>
          {groups.map(({ group_id, name }) => <option key={group_id} value={`group ${group_id}`}>{name} (group)</option>)}
          {members.map(({ account_id, name }) => <option key={account_id} value={`account ${account_id}`}>{name}</option>)}
        </select>
      </label>
      <label className="field">
        Required
        <select value={step.rule} onChange={(event) => onChange({ rule: event.target.value as StepDraft['rule'] })}>
          <option value="any">Any one</option>
          <option value="all">Everyone</option>
        </select>
      </label>
      <label className="field">Due (days, optional)<input type="number" min={1} max={365} value={step.days} onChange={(event) => onChange({ days: event.target.value })} /></label>
    </fieldset>
  )
}
