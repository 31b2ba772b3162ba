// What the person should know of a paste: images that did not come with it, and images that are on other servers.
import { Store } from '../../../store'
import type { Kind } from './text'

export interface Pasted {
  /** Whether plain text was read as something else. */
  isRead: boolean
  kind: Kind | null
  /** How many images did not come with the text. */
  missing: number
  /** The addresses of images on other servers. */
  elsewhere: string[]
}

interface State {
  pasted: Pasted | null
}

/** How long the notice about how a text was read is shown. */
const READ_MS = 10_000

export class PasteNotices extends Store<State> {
  constructor() {
    super({ pasted: null })
  }

  tell(pasted: Pasted): void {
    const isWorthIt = pasted.missing > 0 || pasted.elsewhere.length > 0 || pasted.isRead
    this.set({ pasted: isWorthIt ? pasted : null })
    // A notice that only says how the text was read closes by itself: the result can be seen.
    if (isWorthIt && pasted.missing === 0 && pasted.elsewhere.length === 0) setTimeout(() => this.state.pasted === pasted && this.dismiss(), READ_MS)
  }

  dismiss = (): void => this.set({ pasted: null })
}
