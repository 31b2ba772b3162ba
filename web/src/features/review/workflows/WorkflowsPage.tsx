// The workflows by which documents are approved. Admins edit them.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Plus, Trash2 } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { useGroups, useMembers } from '../../people'
import { type StepWish, api } from '../api'
import { useWorkflows, workflowsKey } from '../queries'
import { StepFields } from './StepFields'
import { type StepDraft, emptyStep, stepOf } from './steps'

/** The kinds of documents that the server knows. */
const KINDS: Record<string, string> = {
  '': 'any document', strategy_plan: 'strategy plans', market_analysis: 'market analyses', competitive_analysis: 'competitive analyses', case_study: 'case studies',
  pitch_deck: 'pitch decks', operational_guide: 'operational guides', research_report: 'research reports', custom: 'other documents',
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
    if (one.kind === 'role') return `every ${one.role} who may approve`
    const all = one.kind === 'group' ? groups.data?.map(({ group_id, name }) => ({ id: group_id, name })) : members.data?.map(({ account_id, name }) => ({ id: account_id, name }))
    return all?.find(({ id }) => id === one.id)?.name ?? 'somebody who left'
  }
  return (
    <main className="list">
      <header><h1>Workflows</h1></header>
      {failure && <div role="alert" className="notice">{failure.message}</div>}
      {workflows.data?.length === 0 && <div className="empty">No workflow yet. One names the steps that a document takes before it counts.</div>}
      {(workflows.data?.length ?? 0) > 0 && (
        <ul aria-label="Workflows">
          {workflows.data?.map(({ workflow_id, name, document_kind, steps }) => (
            <li key={workflow_id} className="flow">
              <span className="who">
                <strong>{name}</strong>
                <small>For {KINDS[document_kind] ?? document_kind}</small>
                {steps.map((step, index) => (
                  <small key={step.name}>{index + 1}. {step.name}: {step.rule === 'all' ? 'all of ' : ''}{step.people.map(nameOf).join(', ')}{step.within_days ? `, within ${step.within_days} days` : ''}</small>
                ))}
              </span>
              <button type="button" className="button quiet" aria-label={`Remove ${name}`} onClick={() => remove.mutate(workflow_id)}><Trash2 size={16} strokeWidth={1.75} /></button>
            </li>
          ))}
        </ul>
      )}
      <form className="card stack" onSubmit={submit}>
        <h2>A new workflow</h2>
        <label className="field">Its name<input value={name} required maxLength={100} placeholder="Plans" onChange={(event) => setName(event.target.value)} /></label>
        <label className="field">
          For
          <select value={kind} onChange={(event) => setKind(event.target.value)}>{Object.entries(KINDS).map(([kind, label]) => <option key={kind} value={kind}>{label}</option>)}</select>
        </label>
        {steps.map((step, index) => (
          <StepFields key={step.key} step={step} index={index} members={members.data ?? []} groups={groups.data ?? []} onChange={(part) => change(step.key, part)} />
        ))}
        <div className="row">
          <button type="button" className="button" disabled={steps.length >= 20} onClick={() => setSteps([...steps, emptyStep((steps.at(-1)?.key ?? 0) + 1)])}><Plus size={16} strokeWidth={1.75} />Another step</button>
          <button type="submit" className="button primary" disabled={make.isPending}>Make it</button>
        </div>
      </form>
    </main>
  )
}
