// The way from one change of a comparison to the next, with who made it.
import { ArrowDown, ArrowUp } from 'lucide-react'
import { t } from '../messages'
import type { ChangeMarks } from './changeMarks'

interface Props {
  /** Null until the comparison is shown. */
  changes: ChangeMarks[] | null
  /** The index of the change that is looked at. */
  at: number | null
  onLook: (at: number) => void
}

const icon = { size: 16, strokeWidth: 1.75 } as const

export function ChangeSteps({ changes, at, onLook }: Props) {
  const count = changes?.length ?? 0
  const go = (step: number) => onLook(at === null ? (step > 0 ? 0 : count - 1) : (at + step + count) % count)
  const where = !changes ? '' : count === 0 ? t.noChanges : at === null ? t.changesCount({ count }) : t.changeAt({ at: at + 1, count })
  return (
    <>
      <button type="button" className="button quiet" aria-label={t.previousChange} disabled={count === 0} onClick={() => go(-1)}><ArrowUp {...icon} /></button>
      <button type="button" className="button quiet" aria-label={t.nextChange} disabled={count === 0} onClick={() => go(1)}><ArrowDown {...icon} /></button>
      <span role="status" className="where">{where}</span>
    </>
  )
}

/** Who made the change that is looked at, and when. */
export const WhoChanged = ({ changes, at }: Omit<Props, 'onLook'>) => <p className="who" aria-live="polite">{at !== null && changes?.[at]?.said}</p>
