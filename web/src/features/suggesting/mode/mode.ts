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
  /** The mode that the person chose, if they did. */
  chosen: Mode | null
  /** Whether they chose it on this page. */
  isNew: boolean
  /** Whether this page began in suggesting without a choice by the person. */
  isBegun: boolean
}

/** The mode of one document and person. A mode that the right does not allow is not used, but stays stored. */
export class DocumentMode extends Store<State> {
  #name: string

  constructor(account: string, document: string) {
    super({ chosen: kept<Mode>(name(account, document)) ?? null, isNew: false, isBegun: false })
    this.#name = name(account, document)
  }

  choose = (chosen: Mode): void => {
    keep(this.#name, chosen)
    this.set({ chosen, isNew: true })
  }

  /** Keeps suggesting as the mode when the person gets the right to edit: they would edit the text without noticing. */
  begin = (right: Right | null | undefined): void => {
    if (!this.state.isBegun && modesFor(right)[0] === 'suggesting') this.set({ isBegun: true })
  }

  static of = ({ chosen, isBegun }: Pick<State, 'chosen' | 'isBegun'>, right: Right | null | undefined): Mode => {
    const modes = modesFor(right)
    const wanted = chosen ?? (isBegun ? 'suggesting' : null)
    return wanted && modes.includes(wanted) ? wanted : (modes[0] as Mode)
  }
}
