// Which sites the operator allows in frames. It is asked once, when there is a card.
import { frameOrigins as read } from '../../people'

let known: Promise<readonly string[]> | null = null

/** None while the server cannot be asked: a card has its link then. */
export function frameOrigins(): Promise<readonly string[]> {
  known ??= read().catch(() => {
    known = null
    return []
  })
  return known
}
