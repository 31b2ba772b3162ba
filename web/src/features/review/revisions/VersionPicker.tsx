import type { Revision } from '../api'
import { dateTime } from '../../../dates'
import { t } from '../messages'
import { titleOf } from './titles'

/** A version, or the text as it is now. */
export type Version = Revision | 'now'

export const idOf = (version: Version): string => (version === 'now' ? 'now' : version.revision_id)

/** A version by its name and time; without one an empty document. */
export const nameOf = (version: Version | null): string => {
  if (!version) return t.emptyDocument
  if (version === 'now') return t.theTextNow
  const title = titleOf(version)
  const at = dateTime(version.created_at)
  return version.name ? `${title} (${at})` : at
}

interface Props {
  label: string
  /** The versions, newest first. */
  versions: readonly Version[]
  /** An empty document if absent. */
  chosen: Version | null
  /** The version up to which the reader had read. */
  read?: string | undefined
  onChoose: (version: Version) => void
}

export function VersionPicker({ label, versions, chosen, read, onChoose }: Props) {
  const all = !chosen || versions.some((version) => idOf(version) === idOf(chosen)) ? versions : [...versions, chosen]
  const choose = (id: string) => {
    const found = all.find((version) => idOf(version) === id)
    if (found) onChoose(found)
  }
  return (
    <label className="version">
      <span>{label}</span>
      <select value={chosen ? idOf(chosen) : ''} onChange={({ target }) => choose(target.value)}>
        {!chosen && <option value="">{t.emptyDocument}</option>}
        {all.map((version) => <option key={idOf(version)} value={idOf(version)}>{idOf(version) === read ? t.sinceIRead({ version: nameOf(version) }) : nameOf(version)}</option>)}
      </select>
    </label>
  )
}
