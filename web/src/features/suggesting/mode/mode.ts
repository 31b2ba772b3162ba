// How a person looks at a document: editing it, suggesting changes to it, or viewing it. Remembered on this device.
import { type Right, mayComment, mayEdit } from '../../../rights'
import { Store } from '../../../store'
import { keep, kept } from '../../../sync/local'

export type Mode = 'editing' | 'suggesting' | 'viewing'

/** The modes that a right allows; a person begins in the first. */
export function modesFor(right: Right | null | undefined): readonly Mode[] {
  if (mayEdit(right)) return ['editing', 'suggesting', 'viewing']
  return mayComment(right) ? ['suggesting', 'viewing'] : ['viewing']
}

const name = (account: string, document: string) => `mode:${account}:${document}`

interface State {
  /** What the person chose, if they did. */
  chosen: Mode | null
  /** They chose it on this page. */
  isNew: boolean
}

/** The mode of one document and person. What the right does not allow is not used, though it is remembered. */
export class DocumentMode extends Store<State> {
  #name: string

  constructor(account: string, document: string) {
    super({ chosen: kept<Mode>(name(account, document)) ?? null, isNew: false })
    this.#name = name(account, document)
  }

  choose = (chosen: Mode): void => {
    keep(this.#name, chosen)
    this.set({ chosen, isNew: true })
  }

  static of = ({ chosen }: Pick<State, 'chosen'>, right: Right | null | undefined): Mode => {
    const modes = modesFor(right)
    return chosen && modes.includes(chosen) ? chosen : (modes[0] as Mode)
  }
}
