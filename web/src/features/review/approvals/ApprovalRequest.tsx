import { type FormEvent, useState } from 'react'
import { endOfDay, toDateField } from '../../../dates'
import { PersonPicker } from '../../../elements/PersonPicker'
import { useHolders } from '../../library'
import { useMembers } from '../../people'
import type { api } from '../api'
import { t } from '../messages'
import { useWorkflows } from '../queries'
import { PLAIN_STEP } from './steps'

interface Props {
  document: string
  kind: string
  busy: boolean
  onRequest: (wish: Parameters<typeof api.requestApproval>[1]) => void
  /** Opens the dialog in which approval access is given. */
  onShare: (() => void) | undefined
}

/** Requests approval, by a workflow or by people, each of whom must approve. */
export function ApprovalRequest({ document, kind: documentKind, busy, onRequest, onShare }: Props) {
  const workflows = useWorkflows()
  const offered = (workflows.data ?? []).filter(({ document_kind }) => document_kind === '' || document_kind === documentKind)
  const holders = useHolders(document)
  const members = useMembers()
  const [people, setPeople] = useState<string[]>([])
  const [workflow, setWorkflow] = useState('')
  const approvers = new Set(holders.data?.filter(({ may_approve }) => may_approve).map(({ account_id }) => account_id))
  const choices = (members.data ?? []).map(({ account_id, name, email, color }) => ({ key: account_id, name, detail: email, color }))
  /** Those who were chosen, but could not approve. */
  const barred = choices.filter(({ key }) => holders.isSuccess && people.includes(key) && !approvers.has(key))
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const [note, day] = [String(form.get('note') ?? ''), String(form.get('due') ?? '')]
    const more = { note, ...(day && { due_at: endOfDay(day) }) }
    if (workflow) onRequest({ workflow_id: workflow, ...more })
    else onRequest({ steps: [{ name: PLAIN_STEP, people: people.map((id) => ({ kind: 'account', id })), ...(people.length > 1 && { rule: 'all' as const }) }], ...more })
  }
  return (
    <form className="stack" onSubmit={submit}>
      {offered.length > 0 && (
        <label className="field">
          {t.workflow}
          <select value={workflow} onChange={(event) => setWorkflow(event.target.value)}>
            <option value="">{t.noneChooseApprovers}</option>
            {offered.map(({ workflow_id, name }) => <option key={workflow_id} value={workflow_id}>{name}</option>)}
          </select>
        </label>
      )}
      {!workflow && <PersonPicker label={t.approver} choices={choices} chosen={people} onChange={setPeople} />}
      {!workflow && barred.map(({ key, name }) => (
        <p key={key} role="alert" className="notice warn">
          {t.cantApproveThisDocument({ name })} {onShare && <button type="button" className="button" onClick={onShare}>{t.share}</button>}
        </p>
      ))}
      <label className="field">{t.messageOptional}<input name="note" maxLength={2_000} /></label>
      <label className="field">{t.dueDateOptional}<input type="date" name="due" min={toDateField(new Date())} /></label>
      <button type="submit" className="button primary" disabled={busy || (!workflow && (people.length === 0 || barred.length > 0))}>{t.requestApproval}</button>
      <p className="hint">{t.approversDecideOnTheText}</p>
    </form>
  )
}
