// The sites that the operator allows in frames. They are requested once, when the first card is shown.
import { frameOrigins as read } from '../../people'

let known: Promise<readonly string[]> | null = null

/** The list is empty while the server cannot be reached: cards then have only their link. */
export function frameOrigins(): Promise<readonly string[]> {
  known ??= read().catch(() => {
    known = null
    return []
  })
  return known
}
