import type { ThreadView } from '../api'
import { t } from '../messages'
import { type ThreadFilter, writersOf } from './filter'

const OF_READER = { all: t.allComments, mine: t.commentsOfMine, mentioned: t.whereIAmMentioned, assigned: t.assignedToMe } as const

/** Chooses which threads are listed. */
export function ThreadFilterField({ threads, filter, onFilter }: { threads: ThreadView[]; filter: ThreadFilter; onFilter: (filter: ThreadFilter) => void }) {
  const choose = (value: string) => onFilter(value in OF_READER ? (value as keyof typeof OF_READER) : { person: value })
  return (
    <label className="field">{t.showComments}
      <select value={typeof filter === 'string' ? filter : filter.person} onChange={({ target }) => choose(target.value)}>
        {Object.entries(OF_READER).map(([value, label]) => <option key={value} value={value}>{label}</option>)}
        <optgroup label={t.byPerson}>
          {writersOf(threads).map(({ id, name }) => <option key={id} value={id}>{name}</option>)}
        </optgroup>
      </select>
    </label>
  )
}
