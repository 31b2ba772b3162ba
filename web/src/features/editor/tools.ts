// What is open around the text of one document: the field for a link, finding and replacing, help, and how it is shown.
import { Store } from '../../store'

export interface ToolsState {
  /** Whether the address of a link is being edited. */
  isLinking: boolean
  find: 'find' | 'replace' | null
  dialog: 'keys' | 'markdown' | 'image' | 'embed' | null
  /** Nothing is shown but the text. */
  isAlone: boolean
}

const CLOSED: ToolsState = { isLinking: false, find: null, dialog: null, isAlone: false }

export class EditorTools extends Store<ToolsState> {
  constructor() {
    super(CLOSED)
  }

  link = (isLinking: boolean): void => this.set({ isLinking })
  find = (find: ToolsState['find']): void => this.set({ find })
  show = (dialog: ToolsState['dialog']): void => this.set({ dialog })
  alone = (isAlone: boolean): void => this.set({ isAlone })
}
