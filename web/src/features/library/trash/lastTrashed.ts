// What was moved to the trash last, for as long as the page offers to undo it.
import { Store } from '../../../store'

/** Long enough to read the sentence and reach the button; the trash has it afterwards. */
const OFFERED_MS = 10_000

interface Trashed {
  id: string
  title: string
}

class LastTrashed extends Store<{ document: Trashed | null }> {
  #timer: ReturnType<typeof setTimeout> | undefined

  note(document: Trashed): void {
    this.#show(document)
    this.#timer = setTimeout(this.forget, OFFERED_MS)
  }

  forget = (): void => this.#show(null)

  #show(document: Trashed | null): void {
    clearTimeout(this.#timer)
    this.set({ document })
  }
}

export const lastTrashed = new LastTrashed({ document: null })
