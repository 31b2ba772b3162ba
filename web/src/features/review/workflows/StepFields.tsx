import { t } from '../messages'
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
      <legend>{t.stepNumber({ number: index + 1 })}</legend>
      <label className="field">{t.name}<input value={step.name} required maxLength={100} placeholder={t.legal} onChange={(event) => onChange({ name: event.target.value })} /></label>
      <label className="field">
        {t.approvers}
        <select value={step.who} required onChange={(event) => onChange({ who: event.target.value })}>
          <option value="">{t.choose}</option>
          <option value="role admin">{t.admins}</option>
          <option value="role manager">{t.managers}</option>
          {groups.map(({ group_id, name }) => <option key={group_id} value={`group ${group_id}`}>{t.groupName({ name })}</option>)}
          {members.map(({ account_id, name }) => <option key={account_id} value={`account ${account_id}`}>{name}</option>)}
        </select>
      </label>
      <label className="field">
        {t.required}
        <select value={step.rule} onChange={(event) => onChange({ rule: event.target.value as StepDraft['rule'] })}>
          <option value="any">{t.anyOne}</option>
          <option value="all">{t.everyone}</option>
        </select>
      </label>
      <label className="field">{t.dueDaysOptional}<input type="number" min={1} max={365} value={step.days} onChange={(event) => onChange({ days: event.target.value })} /></label>
    </fieldset>
  )
}
