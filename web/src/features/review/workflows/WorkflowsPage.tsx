// The workflows by which documents are approved. Admins edit them.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Plus, Trash2 } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { PageHeader } from '../../../elements/PageHeader'
import { useGroups, useMembers } from '../../people'
import { type StepWish, api } from '../api'
import { useWorkflows, workflowsKey } from '../queries'
import { StepFields } from './StepFields'
import { type StepDraft, emptyStep, stepOf } from './steps'

/** The kinds of documents that the server knows. */
const KINDS: Record<string, string> = {
  '': 'Any document', strategy_plan: 'Strategy plans', market_analysis: 'Market analyses', competitive_analysis: 'Competitive analyses', case_study: 'Case studies',
  pitch_deck: 'Pitch decks', operational_guide: 'Operational guides', research_report: 'Research reports', custom: 'Other documents',
}

export function WorkflowsPage() {
  const queries = useQueryClient()
  const workflows = useWorkflows()
  const members = useMembers()
  const groups = useGroups()
  const [name, setName] = useState('')
  const [kind, setKind] = useState('')
  const [steps, setSteps] = useState([emptyStep(0)])
  const again = () => queries.invalidateQueries({ queryKey: workflowsKey })
  const make = useMutation({
    mutationFn: api.newWorkflow,
    onSuccess: () => {
      setName('')
      setSteps([emptyStep(0)])
      return again()
    },
  })
  const remove = useMutation({ mutationFn: api.removeWorkflow, onSuccess: again })
  const change = (key: number, part: Partial<StepDraft>) => setSteps(steps.map((step) => (step.key === key ? { ...step, ...part } : step)))
  const submit = (event: FormEvent) => {
    event.preventDefault()
    make.mutate({ name, document_kind: kind, steps: steps.map(stepOf) })
  }
  const failure = workflows.error ?? make.error ?? remove.error
  const nameOf = (one: StepWish['people'][number]) => {
    if (one.kind === 'role') return one.role === 'admin' ? 'all admins' : `all ${one.role}s`
    const all = one.kind === 'group' ? groups.data?.map(({ group_id, name }) => ({ id: group_id, name })) : members.data?.map(({ account_id, name }) => ({ id: account_id, name }))
    return all?.find(({ id }) => id === one.id)?.name ?? 'someone who left'
  }
  return (
    <main className="list">
      <PageHeader title="Workflows" />
      {failure && <div role="alert" className="notice">{failure.message}</div>}
      {workflows.data?.length === 0 && <div className="empty">No workflows yet. A workflow lists who must approve a document, in order.</div>}
      {(workflows.data?.length ?? 0) > 0 && (
        <ul aria-label="Workflows">
          {workflows.data?.map(({ workflow_id, name, document_kind, steps }) => (
            <li key={workflow_id} className="flow">
              <span className="who">
                <strong>{name}</strong>
                <small>Applies to: {KINDS[document_kind] ?? document_kind}</small>
                {steps.map((step, index) => (
                  <small key={step.name}>{index + 1}. {step.name}: {step.rule === 'all' ? 'everyone of ' : ''}{step.people.map(nameOf).join(', ')}{step.within_days ? `, due in ${step.within_days} ${step.within_days === 1 ? 'day' : 'days'}` : ''}</small>
                ))}
              </span>
              <button type="button" className="button quiet" aria-label={`Remove ${name}`} onClick={() => remove.mutate(workflow_id)}><Trash2 size={16} strokeWidth={1.75} /></button>
            </li>
          ))}
        </ul>
      )}
      <form className="card stack" onSubmit={submit}>
        <h2>New workflow</h2>
        <label className="field">Name<input value={name} required maxLength={100} placeholder="Plans" onChange={(event) => setName(event.target.value)} /></label>
        <label className="field">
          Applies to
          <select value={kind} onChange={(event) => setKind(event.target.value)}>{Object.entries(KINDS).map(([kind, label]) => <option key={kind} value={kind}>{label}</option>)}</select>
        </label>
        {steps.map((step, index) => (
          <StepFields key={step.key} step={step} index={index} members={members.data ?? []} groups={groups.data ?? []} onChange={(part) => change(step.key, part)} />
        ))}
        <div className="row">
          <button type="button" className="button" disabled={steps.length >= 20} onClick={() => setSteps([...steps, emptyStep((steps.at(-1)?.key ?? 0) + 1)])}><Plus size={16} strokeWidth={1.75} />Add step</button>
          <button type="submit" className="button primary" disabled={make.isPending}>Create workflow</button>
        </div>
      </form>
    </main>
  )
}
