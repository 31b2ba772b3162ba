// The workflows by which documents are approved. Admins edit them.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Plus, Trash2 } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { PageHeader } from '../../../elements/PageHeader'
import { keepFocus } from '../../../elements/keepFocus'
import { useGroups, useMembers } from '../../people'
import { type StepWish, api } from '../api'
import { t } from '../messages'
import { useWorkflows, workflowsKey } from '../queries'
import { StepFields } from './StepFields'
import { type StepDraft, emptyStep, stepOf } from './steps'

/** The kinds of documents that the server knows. */
const KINDS: Record<string, string> = {
  '': t.anyDocument, strategy_plan: t.strategyPlans, market_analysis: t.marketAnalyses, competitive_analysis: t.competitiveAnalyses, case_study: t.caseStudies,
  pitch_deck: t.pitchDecks, operational_guide: t.operationalGuides, research_report: t.researchReports, custom: t.otherDocuments,
}

/** Everybody of a role. */
const ALL: Record<string, string> = { admin: t.allAdmins, manager: t.allManagers, analyst: t.allEditors, viewer: t.allViewers }

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
    if (one.kind === 'role') return ALL[one.role] ?? one.role
    const all = one.kind === 'group' ? groups.data?.map(({ group_id, name }) => ({ id: group_id, name })) : members.data?.map(({ account_id, name }) => ({ id: account_id, name }))
    return all?.find(({ id }) => id === one.id)?.name ?? t.someoneWhoLeft
  }
  return (
    <main ref={keepFocus} className="list">
      <PageHeader title={t.workflows} />
      {failure && <div role="alert" className="notice">{failure.message}</div>}
      {workflows.data?.length === 0 && <div className="empty">{t.noWorkflowsYetAWorkflow}</div>}
      {(workflows.data?.length ?? 0) > 0 && (
        <ul aria-label={t.workflows}>
          {workflows.data?.map(({ workflow_id, name, document_kind, steps }) => (
            <li key={workflow_id} className="flow">
              <span className="who">
                <strong>{name}</strong>
                <small>{t.appliesToKind({ kind: KINDS[document_kind] ?? document_kind })}</small>
                {steps.map((step, index) => (
                  <small key={step.name}>{index + 1}. {step.name}: {step.rule === 'all' ? t.everyoneOf({ people: step.people.map(nameOf).join(', ') }) : step.people.map(nameOf).join(', ')}{step.within_days ? `, ${t.dueInDays({ count: step.within_days })}` : ''}</small>
                ))}
              </span>
              <button type="button" className="button quiet" aria-label={t.removeName({ name })} onClick={() => remove.mutate(workflow_id)}><Trash2 size={16} strokeWidth={1.75} /></button>
            </li>
          ))}
        </ul>
      )}
      <form className="card stack" onSubmit={submit}>
        <h2>{t.newWorkflow}</h2>
        <label className="field">{t.name}<input value={name} required maxLength={100} placeholder={t.plans} onChange={(event) => setName(event.target.value)} /></label>
        <label className="field">
          {t.appliesTo}
          <select value={kind} onChange={(event) => setKind(event.target.value)}>{Object.entries(KINDS).map(([kind, label]) => <option key={kind} value={kind}>{label}</option>)}</select>
        </label>
        {steps.map((step, index) => (
          <StepFields key={step.key} step={step} index={index} members={members.data ?? []} groups={groups.data ?? []} onChange={(part) => change(step.key, part)} />
        ))}
        <div className="row">
          <button type="button" className="button" disabled={steps.length >= 20} onClick={() => setSteps([...steps, emptyStep((steps.at(-1)?.key ?? 0) + 1)])}><Plus size={16} strokeWidth={1.75} />{t.addStep}</button>
          <button type="submit" className="button primary" disabled={make.isPending}>{t.createWorkflow}</button>
        </div>
      </form>
    </main>
  )
}
