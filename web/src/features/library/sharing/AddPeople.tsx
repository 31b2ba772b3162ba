import { type FormEvent, useState } from 'react'
import { fromField } from '../../../dates'
import { ExpiryField } from '../../../elements/ExpiryField'
import { type Choice, PersonPicker } from '../../../elements/PersonPicker'
import { type Right, isStronger } from '../../../rights'
import { t } from '../messages'
import { LEVELS, limitedTo } from './levels'

interface Props {
  /** People and groups without access so far, as `person:…` and `group:…`. */
  others: Choice[]
  /** The highest right that a person's role allows, if the role limits it. */
  ceilingOf: (key: string) => { name: string; ceiling: Right } | undefined
  isAdding: boolean
  onAdd: (to: string[], level: Right, until: string | null) => void
}

/** Finds people and groups by typing, and gives all of them the same access. */
export function AddPeople({ others, ceilingOf, isAdding, onAdd }: Props) {
  const [chosen, choose] = useState<string[]>([])
  const [level, setLevel] = useState<Right | null>(null)
  const limits = chosen.flatMap((key) => ceilingOf(key) ?? [])
  // The proposed level is one that every chosen person can have.
  const proposed = level ?? (limits.some(({ ceiling }) => ceiling === 'comment') ? 'comment' : 'edit')
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    onAdd(chosen, proposed, fromField(form.get('until')))
    choose([])
    setLevel(null)
  }
  return (
    <form className="row" onSubmit={submit}>
      <PersonPicker label={t.addPeopleOrGroups} choices={others} chosen={chosen} onChange={choose} />
      <label className="field">
        {t.access}
        <select value={proposed} onChange={(event) => setLevel(event.target.value as Right)}>{LEVELS.map(({ value, label }) => <option key={value} value={value}>{label}</option>)}</select>
      </label>
      <ExpiryField />
      <button type="submit" className="button primary" disabled={chosen.length === 0 || isAdding}>{t.add}</button>
      {limits.filter(({ ceiling }) => isStronger(proposed, ceiling)).map(({ name, ceiling }) => <p key={name} role="status" className="notice warn">{limitedTo(name, ceiling, proposed)}</p>)}
    </form>
  )
}
