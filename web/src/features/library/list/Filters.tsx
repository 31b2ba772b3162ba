import { useMembers } from '../../people'
import type { DocumentFilter } from '../api'
import { t } from '../messages'
import { useTags } from '../queries'
import { KINDS, statusName } from '../words'
import { SORTS } from './useListFilter'

interface Props {
  me: string
  filter: DocumentFilter
  onChange: (field: 'kind' | 'status' | 'owner' | 'tag' | 'sort', value: string) => void
  /** Whether the list has documents of several states and owners. */
  isArchive: boolean
}

const STATES = ['draft', 'review', 'approved', 'published']

/** Narrows a list by kind, status, owner and tag, and orders it. */
export function Filters({ me, filter, onChange, isArchive }: Props) {
  const members = useMembers()
  const tags = useTags()
  const names = (tags.data ?? []).map(({ name }) => name)
  const others = (members.data ?? []).filter(({ account_id }) => account_id !== me)
  return (
    <fieldset className="filters">
      <legend className="visually-hidden">{t.filterAndOrder}</legend>
      <Choice label={t.kind} value={filter.kind} all={t.anyKind} options={KINDS} onChange={(value) => onChange('kind', value)} />
      {!isArchive && <Choice label={t.status} value={filter.status} all={t.anyStatus} options={STATES.map((status) => [status, statusName(status)] as const)} onChange={(value) => onChange('status', value)} />}
      <Choice label={t.owner} value={filter.owner} all={t.anyOwner} options={[[me, t.you], ...others.map(({ account_id, name }) => [account_id, name] as const)]} onChange={(value) => onChange('owner', value)} />
      <Choice label={t.tag} value={filter.tag} all={t.anyTag} options={names.map((name) => [name, name] as const)} onChange={(value) => onChange('tag', value)} />
      <Choice label={t.order} value={filter.sort} options={SORTS} onChange={(value) => onChange('sort', value)} />
    </fieldset>
  )
}

interface ChoiceProps {
  label: string
  value: string | undefined
  /** The label of the entry for no choice; without this entry, the first option is the default. */
  all?: string
  options: readonly (readonly [value: string, name: string])[]
  onChange: (value: string) => void
}

function Choice({ label, value, all, options, onChange }: ChoiceProps) {
  const first = options[0]?.[0] ?? ''
  // The value in the address may not be among the options, such as a tag that is gone.
  const isUnknown = !!value && !options.some(([known]) => known === value)
  return (
    <select aria-label={label} className={value ? 'chosen' : undefined} value={value ?? (all ? '' : first)} onChange={(event) => onChange(!all && event.target.value === first ? '' : event.target.value)}>
      {all && <option value="">{all}</option>}
      {options.map(([known, name]) => <option key={known} value={known}>{name}</option>)}
      {isUnknown && <option value={value}>{value}</option>}
    </select>
  )
}
