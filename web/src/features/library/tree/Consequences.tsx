import type { Effect, Effects } from '../api'
import { levelName } from '../sharing/levels'

export const areNone = ({ gains, losses, links_gained, links_lost }: Effects): boolean => gains.length + losses.length + links_gained + links_lost === 0

const links = (count: number) => (count === 1 ? 'one link' : `${count} links`)

/** Says who gains and who loses access by a move. */
export function Consequences({ effects }: { effects: Effects }) {
  return (
    <div className="stack" role="status">
      <People title="Gain access" effects={effects.gains} />
      <People title="Lose access" effects={effects.losses} />
      {effects.links_gained > 0 && <p>Guests with {links(effects.links_gained)} to a page above will be able to open it.</p>}
      {effects.links_lost > 0 && <p>Guests with {links(effects.links_lost)} to a page above will no longer be able to open it.</p>}
    </div>
  )
}

const level = (right: Effect['before']) => (right ? levelName(right) : 'no access')

function People({ title, effects }: { title: string; effects: Effect[] }) {
  if (effects.length === 0) return null
  return (
    <div>
      <h3 className="eyebrow">{title}: {effects.length === 1 ? '1 person' : `${effects.length} people`}</h3>
      <ul className="shares effects" aria-label={title}>
        {effects.map((effect) => (
          <li key={effect.account_id}><span className="who">{effect.name}</span><span>{level(effect.before)} → {level(effect.after)}</span></li>
        ))}
      </ul>
    </div>
  )
}
