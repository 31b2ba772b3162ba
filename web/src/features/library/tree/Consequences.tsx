import type { Effect, Effects } from '../api'
import { t } from '../messages'
import { levelName } from '../sharing/levels'

export const areNone = ({ gains, losses, links_gained, links_lost }: Effects): boolean => gains.length + losses.length + links_gained + links_lost === 0

/** Says who gains and who loses access by a move. */
export function Consequences({ effects }: { effects: Effects }) {
  return (
    <div className="stack" role="status">
      <People title={t.gainAccess} effects={effects.gains} />
      <People title={t.loseAccess} effects={effects.losses} />
      {effects.links_gained > 0 && <p>{t.linksGained({ count: effects.links_gained })}</p>}
      {effects.links_lost > 0 && <p>{t.linksLost({ count: effects.links_lost })}</p>}
    </div>
  )
}

const level = (right: Effect['before']) => (right ? levelName(right) : t.noAccessLower)

function People({ title, effects }: { title: string; effects: Effect[] }) {
  if (effects.length === 0) return null
  return (
    <div>
      <h3 className="eyebrow">{title}: {t.peopleCount({ count: effects.length })}</h3>
      <ul className="shares effects" aria-label={title}>
        {effects.map((effect) => (
          <li key={effect.account_id}><span className="who">{effect.name}</span><span>{level(effect.before)} → {level(effect.after)}</span></li>
        ))}
      </ul>
    </div>
  )
}
