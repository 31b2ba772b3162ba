import { timeOfDay, weekdayDate } from '../../../dates'
import type { Revision } from '../api'
import { t } from '../messages'

const KIND: Record<string, string> = {
  automatic: '', named: '', submitted: t.submittedForApproval, 'before-restore': t.beforeARestore, restored: t.restored, undone: t.restoreUndone,
}

/** The title of a revision: its name, its reason, or the time. */
export const titleOf = ({ name, kind, created_at, restored_block }: Revision): string =>
  name || (kind === 'restored' && typeof restored_block === 'number' ? t.aBlockRestored : KIND[kind]) || timeOfDay(created_at)

/** Groups revisions by day, in the given order. */
export function byDay(revisions: Revision[]): Map<string, Revision[]> {
  const days = new Map<string, Revision[]>()
  for (const revision of revisions) {
    const name = weekdayDate(revision.created_at)
    days.set(name, [...(days.get(name) ?? []), revision])
  }
  return days
}
