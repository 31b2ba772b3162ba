import { weekdayDate } from '../../../dates'
import type { Decision } from '../api'

/** Groups decisions by day, in the given order. */
export function decidedByDay(decisions: Decision[]): Map<string, Decision[]> {
  const days = new Map<string, Decision[]>()
  for (const one of decisions) {
    const day = weekdayDate(one.decided_at)
    days.set(day, [...(days.get(day) ?? []), one])
  }
  return days
}
