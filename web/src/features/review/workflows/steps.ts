// Steps of a workflow, as state of the form.
import type { StepWish } from '../api'

export interface StepDraft {
  key: number
  name: string
  rule: 'any' | 'all'
  who: string
  days: string
}
export const emptyStep = (key: number): StepDraft => ({ key, name: '', rule: 'any', who: '', days: '' })

/** `kind id`, the value of the select element. */
function peopleOf(who: string): StepWish['people'] {
  const [kind, id = ''] = who.split(' ')
  if (kind === 'role') return [{ kind, role: id as 'admin' | 'manager' }]
  return [{ kind: kind === 'group' ? 'group' : 'account', id }]
}

export const stepOf = ({ name, rule, who, days }: StepDraft): StepWish => ({ name, rule, people: peopleOf(who), ...(days && { within_days: Number(days) }) })
