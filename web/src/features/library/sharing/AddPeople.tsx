import { type FormEvent, useState } from 'react'
import { fromField } from '../../../dates'
import { ExpiryField } from '../../../elements/ExpiryField'
import { type Choice, PersonPicker } from '../../../elements/PersonPicker'
import type { Right } from '../../../rights'
import { t } from '../messages'
import { LEVELS } from './levels'

interface Props {
  /** People and groups that have nothing yet, by `person:…` and `group:…`. */
  others: Choice[]
  isAdding: boolean
  onAdd: (to: string[], level: Right, until: string | null) => void
}

/** Finds people and groups by typing, and gives all of them the same access. */
export function AddPeople({ others, isAdding, onAdd }: Props) {
  const [chosen, choose] = useState<string[]>([])
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    onAdd(chosen, form.get('level') as Right, fromField(form.get('until')))
    choose([])
  }
  return (
    <form className="row" onSubmit={submit}>
      <PersonPicker label={t.addPeopleOrGroups} choices={others} chosen={chosen} onChange={choose} />
      <label className="field">
        {t.access}
        <select name="level" defaultValue="edit">{LEVELS.map(({ value, label }) => <option key={value} value={value}>{label}</option>)}</select>
      </label>
      <ExpiryField />
      <button type="submit" className="button primary" disabled={chosen.length === 0 || isAdding}>{t.add}</button>
    </form>
  )
}
