// Following a person through the text: the page scrolls to their caret whenever it moves, until its own person acts.
import { Store } from '../../store'
import type { Person, DocumentSession } from '../../sync/session'
import { openAround } from './details/details'

interface State {
  /** The id of the person who is followed. */
  following: string | null
  /** Whether they have no caret in the text now. */
  isElsewhere: boolean
}

/** Events that only the person at the page causes. Scrolling by the page itself causes none of them. */
const ACTS = ['wheel', 'touchmove', 'keydown', 'pointerdown'] as const

export const caretOf = (person: string): HTMLElement | null => document.querySelector(`.caret[data-person="${CSS.escape(person)}"]`)

export class Follow extends Store<State> {
  #session: DocumentSession
  #end: (() => void) | null = null

  constructor(session: DocumentSession) {
    super({ following: null, isElsewhere: false })
    this.#session = session
  }

  /** Goes to a person, and stays with them. */
  start = ({ id }: Person): void => {
    this.stop()
    const { awareness } = this.#session.provider
    // The editor draws carets after awareness has changed.
    const show = () => setTimeout(() => this.#show(id))
    const act = (event: Event) => {
      // Choosing another person to follow is not a reason to stop; the wheel and Escape are, wherever they happen.
      const isChoice = event.type === 'pointerdown' || (event instanceof KeyboardEvent && event.key !== 'Escape')
      if (!(isChoice && event.target instanceof Element && event.target.closest('.people, .following'))) this.stop()
    }
    const left = this.#session.onChange(() => {
      if (!this.#session.state.people.some((one) => one.id === id)) this.stop()
    })
    awareness?.on('change', show)
    this.#session.doc.on('update', show)
    for (const name of ACTS) document.addEventListener(name, act, { capture: true, passive: true })
    this.#end = () => {
      left()
      awareness?.off('change', show)
      this.#session.doc.off('update', show)
      for (const name of ACTS) document.removeEventListener(name, act, { capture: true })
    }
    this.set({ following: id, isElsewhere: false })
    show()
  }

  stop = (): void => {
    this.#end?.()
    this.#end = null
    this.set({ following: null, isElsewhere: false })
  }

  #show(id: string): void {
    if (this.state.following !== id) return
    const caret = caretOf(id)
    this.set({ isElsewhere: !caret })
    const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches
    openAround(caret)
    caret?.scrollIntoView({ block: 'center', behavior: isCalm ? 'instant' : 'smooth' })
  }
}
