// The panel that is open beside a document, and its content.
import { Store } from '../../store'
import type { Anchor, Compared, NewThread, PassageKind, Reviewed, Revision } from '../review'

export type PanelName = 'comments' | 'suggestions' | 'history' | 'approval' | 'authors' | 'outline'

export interface PanelState {
  open: PanelName | null
  /** The thread that is active in the comments and in the text. */
  thread: string | null
  /** Where the passages of threads are in the text, by thread. */
  kinds: Readonly<Record<string, PassageKind>>
  /** The suggestion that is active in the suggestions and in the text. */
  suggestion: string | null
  /** Whether it is shown beside the text. */
  isPeeking: boolean
  /** The comment that is being written. */
  draft: NewThread | null
  /** The revision that the text is compared with. */
  revision: Revision | null
  /** The view of this revision that is shown first. */
  shown: Compared
  /** The comparison that an approver looks at, in place of the text. */
  review: Reviewed | null
  /** The revision that a link asks for. */
  asked: string | null
  /** The passage whose authors are shown. */
  passage: Anchor | null
  isSharing: boolean
}

const CLOSED: PanelState = { open: null, thread: null, kinds: {}, suggestion: null, isPeeking: false, draft: null, revision: null, shown: 'now', review: null, asked: null, passage: null, isSharing: false }

export class DocumentPanels extends Store<PanelState> {
  constructor() {
    super(CLOSED)
  }

  /** Opens a panel. Any other panel closes, and a comparison ends. */
  show = (open: PanelName | null): void => this.set({ open, revision: null, review: null })

  close = (): void => this.show(null)

  toggle = (panel: PanelName): void => this.show(this.state.open === panel ? null : panel)

  openThread = (thread: string): void => this.set({ open: 'comments', revision: null, review: null, thread })

  selectThread = (thread: string | null): void => this.set({ thread })

  noteKinds = (kinds: PanelState['kinds']): void => this.set({ kinds })

  openSuggestion = (suggestion: string): void => this.set({ open: 'suggestions', revision: null, review: null, suggestion, isPeeking: false })

  selectSuggestion = (suggestion: string | null): void => this.set({ suggestion, isPeeking: false })

  /** Shows a suggestion where it is, or in its panel if that is open. */
  peek = (suggestion: string): void => this.set({ suggestion, isPeeking: this.state.open !== 'suggestions' })

  /** Begins a comment, in the comments. */
  beginThread = (draft: NewThread): void => this.set({ open: 'comments', revision: null, review: null, draft })

  setDraft = (draft: NewThread | null): void => this.set({ draft })

  askAuthors = (passage: Anchor): void => this.set({ open: 'authors', revision: null, review: null, passage })

  compare = (revision: Revision, shown: Compared = 'now'): void => this.set({ open: 'history', revision, shown, review: null, asked: null })

  /** Shows the version to be decided on, with the approval beside it; null returns to the text. */
  look = (review: Reviewed | null): void => this.set({ open: 'approval', revision: null, review })

  selectRevision = (revision: Revision | null): void => this.set({ revision, shown: 'now' })

  share = (isSharing: boolean): void => this.set({ isSharing })

  /** Opens the target of a link, given after the #: a thread, the approval or a version. */
  follow(hash: string): void {
    if (hash === '#approval') this.show('approval')
    const thread = /^#thread=([\w-]+)$/.exec(hash)?.[1]
    if (thread) this.openThread(thread)
    const asked = /^#version=([\w-]+)$/.exec(hash)?.[1]
    if (asked) this.set({ asked })
  }
}
