import { number } from '../../../numbers'
import { kindName, statusName } from '../../library'
import type { FacetValue, Results } from '../api'
import { t } from '../messages'
import { hasOperator, operator, toggled } from '../operators'

interface Props {
  facets: Results['facets']
  q: string
  onChange: (q: string) => void
}

const DAYS: Record<string, [string, number]> = { day: [t.sinceYesterday, 1], week: [t.pastWeek, 7], month: [t.pastMonth, 30], year: [t.pastYear, 365] }

const daysAgo = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10)

/** The number of values that a facet shows before it is opened. */
const FEW = 6

/** The properties of what was found. Each adds an operator to the query, or removes it. */
export function Facets({ facets, q, onChange }: Props) {
  const named = (values: FacetValue[]) => values.filter(({ name }) => name)
  return (
    <>
      <Facet title={t.space} values={named(facets.space)} by={({ name }) => operator('in', name ?? '')} label={({ name }) => name ?? ''} q={q} onChange={onChange} />
      <Facet title={t.status} values={facets.status} by={({ value }) => operator('status', value)} label={({ value }) => statusName(value)} q={q} onChange={onChange} />
      <Facet title={t.type} values={facets.kind} by={({ value }) => operator('type', value)} label={({ value }) => nameOfKind(value)} q={q} onChange={onChange} />
      <Facet title={t.tag} values={facets.tag} by={({ value }) => operator('tag', value)} label={({ value }) => value} q={q} onChange={onChange} />
      <Facet title={t.category} values={facets.category} by={({ value }) => operator('category', value)} label={({ value }) => value} q={q} onChange={onChange} />
      <Facet title={t.owner} values={named(facets.owner)} by={({ name }) => operator('by', name ?? '')} label={({ name }) => name ?? ''} q={q} onChange={onChange} />
      <Facet title={t.updated} values={facets.changed.filter(({ count }) => count > 0)} by={({ value }) => operator('after', daysAgo(DAYS[value]?.[1] ?? 1))} label={({ value }) => DAYS[value]?.[0] ?? value} q={q} onChange={onChange} />
    </>
  )
}

const nameOfKind = (kind: string): string => (kind === 'custom' ? t.document : kindName(kind))

interface FacetProps {
  title: string
  values: FacetValue[]
  by: (value: FacetValue) => string
  label: (value: FacetValue) => string
  q: string
  onChange: (q: string) => void
}

function Facet({ title, values, by, label, q, onChange }: FacetProps) {
  if (values.length === 0) return null
  const rows = values.map((value) => {
    const wanted = by(value)
    return (
      <label key={value.value} className="facet">
        <input type="checkbox" checked={hasOperator(q, wanted)} onChange={() => onChange(toggled(q, wanted))} />
        <span className="grow">{label(value)}</span><small>{number(value.count)}</small>
      </label>
    )
  })
  return (
    <fieldset className="facets">
      <legend className="eyebrow">{title}</legend>
      {rows.slice(0, FEW)}
      {rows.length > FEW && <details><summary>{t.more}</summary>{rows.slice(FEW)}</details>}
    </fieldset>
  )
}
