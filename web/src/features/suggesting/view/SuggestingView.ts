// The text as one person suggests it: the server's view, with what they type. What is typed goes to the server as the
// blocks that changed; the answer is the new view, and comes into the editor beside what was typed meanwhile. Nothing is
// ever written to the document.
import { Fragment, type Node } from '@tiptap/pm/model'
import type { EditorState, Transaction } from '@tiptap/pm/state'
import { Mapping, Transform } from '@tiptap/pm/transform'
import { Problem } from '../../../client'
import { Store } from '../../../store'
import { forget, isKeptHere, keep, kept, unsentSuggestions } from '../../../sync/local'
import type { BlockChange, Json, OpenedView, ViewAnswer, ViewMark } from '../api'
import { t } from '../messages'
import { differingBlocks } from '../rebase/changes'
import { distance, mappingBetween, rebase, rebaseEditor } from '../rebase/rebase'
import { isAnswer, shared, showAnswer } from './ViewMarks'
import type { Unsent } from './unsent'

/** The server, as far as the view needs it. */
export interface Calls {
  open: () => Promise<OpenedView>
  exchange: (view: string, body: { known: number; change?: BlockChange }) => Promise<ViewAnswer>
}

/** The editor, as far as the view needs it: a view of ProseMirror. */
export interface Host {
  readonly state: EditorState
  readonly composing: boolean
  dispatch: (tr: Transaction) => void
}

export interface ViewState {
  /** `opening` until there is a text; `ended` when the person may suggest no more. */
  phase: 'opening' | 'open' | 'ended'
  /** The initial content of the editor. */
  content: Json | null
  /** Whether something was typed that the server has not answered. */
  isUnsent: boolean
  unsentSince: number
  /** Whether the last attempt did not reach the server. */
  isUnreachable: boolean
  /** Why the server refuses the typed text. The text is kept here, and sent again once it is changed. */
  refusal: string | null
  /** Words that could not become a suggestion, offered for copying. */
  returned: string
  /** Whether this device stores something that the server may not have. */
  isKept: boolean
  /** Why suggesting ended. */
  reason: string | null
}

interface Asked {
  body: { known: number; change?: BlockChange }
  /** The whole text that the request describes. */
  sent: Node
  /** The changes from that text to the editor's. */
  typed: Mapping
}

/** After a pause in typing of this length, what was typed is sent. */
const PAUSE_MS = 400
/** Without a pause, it is sent this often. */
const LONGEST_MS = 1_000
/** Edits of others are requested at most this often. */
const NEWS_MS = 1_000
const RETRY_MS = [1_000, 2_000, 4_000, 8_000]
/** The pause after the server refused to open a view because there are too many. */
const OPEN_AGAIN_MS = 5_000
/** How often to check whether an input method has finished: text must not be replaced while it is being composed. */
const COMPOSING_MS = 100

const INITIAL: ViewState = { phase: 'opening', content: null, isUnsent: false, unsentSince: 0, isUnreachable: false, refusal: null, returned: '', isKept: false, reason: null }

const isUnknownView = (problem: unknown) => problem instanceof Problem && problem.status === 409 && /^view.unknown$/.test(problem.code)
const hasEnded = (problem: unknown) => problem instanceof Problem && (problem.status === 403 || problem.status === 404)
/** The server received the request and refuses its content. */
const isRefused = (problem: unknown) => problem instanceof Problem && problem.status >= 400 && problem.status < 500 && ![401, 403, 404, 408, 429].includes(problem.status)

export class SuggestingView extends Store<ViewState> {
  #calls: Calls
  #keptAt: string
  #opened: OpenedView | null = null
  #host: Host | null = null
  /** The view as both sides last had it. */
  #agreed: Node | null = null
  #marks: ViewMark[] = []
  #known = 0
  #asked: Asked | null = null
  #isBusy = false
  #hasNews = false
  #newsAt = 0
  #tries = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #hasEnded = false

  constructor(calls: Calls, account: string, document: string) {
    const keptAt = unsentSuggestions(account, document)
    super({ ...INITIAL, isKept: isKeptHere(keptAt) })
    this.#calls = calls
    this.#keptAt = keptAt
  }

  /** Opens the view at the server. Ends with the returned function; what is unsent is kept on this device. */
  start(): () => void {
    void this.#open()
    const leave = () => this.#keep()
    const hide = () => {
      if (document.visibilityState !== 'hidden') return
      // A phone may end a page that is not visible.
      leave()
      this.flush()
    }
    addEventListener('pagehide', leave)
    addEventListener('online', this.#retryNow)
    document.addEventListener('visibilitychange', hide)
    return () => {
      leave()
      this.flush()
      this.#hasEnded = true
      clearTimeout(this.#timer)
      removeEventListener('pagehide', leave)
      removeEventListener('online', this.#retryNow)
      document.removeEventListener('visibilitychange', hide)
    }
  }

  /** Attaches the editor that shows the content. */
  attach(host: Host): void {
    const opened = this.#opened
    if (!opened) return
    // The view was already shown: the same editor is attached again.
    if (this.#agreed) {
      this.#host = host
      return
    }
    try {
      const agreed = host.state.schema.nodeFromJSON(opened.content)
      this.#host = host
      this.#show(host.state.tr, agreed, opened.marks)
    } catch {
      this.set({ phase: 'ended', reason: t.serverWasUpdated })
      return
    }
    this.#takeUpKept()
  }

  detach(): void {
    this.#keep()
    this.#host = null
  }

  /** Notes a transaction of the editor, with the transactions that it caused. */
  note(tr: Transaction, caused: readonly Transaction[] = []): void {
    const all = [tr, ...caused]
    // Changes that the editor makes by itself after an answer are sent with the person's next change.
    if (isAnswer(tr) || !all.some((one) => one.docChanged)) return
    for (const one of all) this.#asked?.typed.appendMapping(one.mapping)
    this.#edited()
  }

  /** Called when others have edited the document or decided on suggestions. */
  news = (): void => {
    const isDue = this.#hasNews && (this.#timer !== undefined || this.#isBusy)
    this.#hasNews = true
    // A quick succession of edits must not delay it for ever.
    if (isDue) return
    if (!this.state.isUnsent) this.#after(Math.max(PAUSE_MS, this.#newsAt + NEWS_MS - Date.now()))
  }

  /** Hides the returned words, after they were copied or discarded. */
  dismissReturned = (): void => this.set({ returned: '' })

  /** Discards what the server refused: the text returns to the last state that both sides had. */
  discardRefused = (): void => {
    const [host, agreed] = [this.#host, this.#agreed]
    if (!this.state.refusal || this.#isBusy) return
    clearTimeout(this.#timer)
    this.#asked = null
    if (host && agreed) this.#show(rebaseEditor(host.state.tr, host.state.doc, agreed, new Mapping()), agreed, this.#marks)
    this.set({ isUnsent: false, unsentSince: 0, refusal: null })
    this.#forget()
    if (this.#hasNews || !this.#opened) this.#after(0)
  }

  /** Sends what was typed, without waiting for a pause. */
  flush = (): void => {
    if (this.state.isUnsent) void this.#exchange()
  }

  #retryNow = (): void => this.#after(0)

  #after(ms: number): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#hasEnded) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      void (this.#opened ? this.#exchange() : this.#open())
    }, ms)
  }

  #edited(): void {
    const now = Date.now()
    const since = this.state.unsentSince || now
    this.set({ isUnsent: true, unsentSince: since, refusal: null })
    if (!this.#isBusy && !this.state.isUnreachable) this.#after(Math.max(0, Math.min(PAUSE_MS, since + LONGEST_MS - now)))
  }

  async #open(): Promise<void> {
    if (this.#isBusy || this.#hasEnded) return
    this.#isBusy = true
    try {
      const opened = await this.#calls.open()
      this.#opened = opened
      this.#known = 0
      this.#tries = 0
      if (this.#host && this.#agreed) await this.#carryOver(this.#host, opened)
      this.set({ phase: 'open', content: this.state.content ?? opened.content, isUnreachable: false, refusal: null })
    } catch (problem) {
      this.#failed(problem)
    } finally {
      this.#isBusy = false
    }
    if (!this.#opened && this.state.refusal) this.#after(OPEN_AGAIN_MS)
    else if (this.state.isUnsent && !this.state.isUnreachable) this.#after(0)
  }

  async #exchange(): Promise<void> {
    const [host, agreed, opened] = [this.#host, this.#agreed, this.#opened]
    if (!host || !agreed || !opened || this.#isBusy) return
    // After a failure, the same request is sent again: the server may have carried it out already.
    const asked = this.#asked ?? this.#ask(host, agreed)
    if (!asked) {
      // The person has undone the refused text.
      this.set({ isUnsent: false, unsentSince: 0 })
      if (this.state.isKept) this.#forget()
      return
    }
    this.#asked = asked
    this.#isBusy = true
    const isRepeated = this.#tries > 0
    try {
      const answer = await this.#calls.exchange(opened.view, asked.body)
      this.#tries = 0
      await this.#whenComposed(host)
      if (this.#host === host) this.#take(host, asked, answer)
      // The editor was closed meanwhile, and the server has everything that was typed in it.
      else if (asked.typed.maps.length === 0 && answer.refused.length === 0) this.#forget()
    } catch (problem) {
      if (isUnknownView(problem)) this.#opened = null
      this.#failed(problem)
    } finally {
      this.#isBusy = false
    }
    if (this.#hasEnded || this.state.phase === 'ended') return
    if (!this.#opened) this.#after(0)
    else if (!this.state.isUnreachable && !this.state.refusal && (this.state.isUnsent || this.#hasNews)) this.#after(isRepeated ? 0 : this.state.isUnsent ? PAUSE_MS : NEWS_MS)
  }

  /** The exchange to send to the server now; null if there is none. */
  #ask(host: Host, agreed: Node): Asked | null {
    const doc = withoutEnd(host.state.doc, agreed)
    const range = this.state.isUnsent ? differingBlocks(agreed, doc) : null
    if (!range && !this.#hasNews) return null
    this.#hasNews = false
    this.#newsAt = Date.now()
    const change = range && { from: range.from, to: range.to, blocks: doc.content.content.slice(range.from, range.toAfter).map((block) => block.toJSON() as Json) }
    return { body: { known: this.#known, ...(change && { change }) }, sent: range ? doc : agreed, typed: mappingBetween(range ? doc : agreed, host.state.doc) }
  }

  #take(host: Host, { sent, typed }: Asked, { known, change, marks, refused }: ViewAnswer): void {
    const { schema } = host.state
    const blocks = sent.content.content
    const answer = change
      ? sent.copy(Fragment.from([...blocks.slice(0, change.from), ...change.blocks.map((block) => schema.nodeFromJSON(block)), ...blocks.slice(change.to)]))
      : sent
    const hasTyped = typed.maps.length > 0
    this.#asked = null
    this.#known = known
    this.#show(rebaseEditor(host.state.tr, sent, answer, typed), answer, marks)
    const isUnsent = hasTyped && this.state.isUnsent && differingBlocks(answer, withoutEnd(host.state.doc, answer)) !== null
    this.set({ isUnsent, unsentSince: isUnsent ? Date.now() : 0, isUnreachable: false, refusal: null, returned: [this.state.returned, ...refused.map(({ words }) => words)].filter((words) => words.trim() !== '').join('\n') })
    if (!isUnsent) this.#forget()
  }

  /** Continues in a new view, because the server no longer knows the old one. Unsaved text is carried over. */
  async #carryOver(host: Host, opened: OpenedView): Promise<void> {
    const agreed = this.#agreed
    await this.#whenComposed(host)
    if (!agreed) return
    const content = host.state.schema.nodeFromJSON(opened.content)
    const { doc } = host.state
    // The server may have carried out the last request, with only its answer lost.
    const base = nearest(content, [agreed, this.#asked?.sent ?? agreed, doc])
    this.#asked = null
    this.#show(rebaseEditor(host.state.tr, base, content, base === doc ? new Mapping() : mappingBetween(base, doc)), content, opened.marks)
    const isUnsent = differingBlocks(content, host.state.doc) !== null && base !== doc
    this.set({ isUnsent, unsentSince: isUnsent ? Date.now() : 0 })
  }

  /** Restores text that an earlier page could not send. */
  #takeUpKept(): void {
    const host = this.#host
    const unsent = kept<Unsent>(this.#keptAt)
    if (!unsent || !host) return
    try {
      const [agreed, mine] = [host.state.schema.nodeFromJSON(unsent.agreed), host.state.schema.nodeFromJSON(unsent.mine)]
      const sent = unsent.sent ? host.state.schema.nodeFromJSON(unsent.sent) : agreed
      const content = host.state.doc
      const base = nearest(content, [agreed, sent, mine])
      const wanted = base.eq(mine) ? content : rebase(new Transform(mine), base, content, mappingBetween(base, mine)).doc
      // The server has all of it.
      if (wanted.eq(content)) this.#forget()
      else host.dispatch(rebaseEditor(host.state.tr, content, wanted, new Mapping()).setMeta('addToHistory', false))
    } catch {
      // It was stored by a page with another schema, which this one cannot read.
      this.#forget()
    }
  }

  #forget(): void {
    forget(this.#keptAt)
    this.set({ isKept: false })
  }

  #keep(): void {
    const [host, agreed] = [this.#host, this.#agreed]
    if (!host || !agreed || !this.state.isUnsent) return
    keep(this.#keptAt, { agreed: agreed.toJSON(), sent: this.#asked?.sent.toJSON(), mine: host.state.doc.toJSON() } satisfies Unsent)
    this.set({ isKept: true })
  }

  #show(tr: Transaction, agreed: Node, marks: ViewMark[]): void {
    const host = this.#host
    if (!host) return
    host.dispatch(showAnswer(tr.setStoredMarks(host.state.storedMarks), agreed, marks))
    this.#agreed = shared(agreed, host.state.doc)
    this.#marks = marks
  }

  #failed(problem: unknown): void {
    const message = problem instanceof Error ? problem.message : String(problem)
    if (isUnknownView(problem)) return
    this.#keep()
    if (!(problem instanceof Problem)) {
      console.warn('An answer could not be shown: the view is opened again.', problem)
      this.#opened = null
    }
    if (hasEnded(problem)) this.set({ phase: 'ended', reason: message, isUnreachable: false })
    else if (isRefused(problem)) {
      this.#asked = null
      this.set({ refusal: message, isUnreachable: false })
    } else {
      this.set({ isUnreachable: true })
      this.#after(RETRY_MS[Math.min(this.#tries++, RETRY_MS.length - 1)] ?? 0)
    }
  }

  #whenComposed = (host: Host): Promise<void> => new Promise((done) => {
    const look = () => (host.composing ? void setTimeout(look, COMPOSING_MS) : done())
    look()
  })
}

/** The document without the empty line that an editor adds at the end, unless the other text has one, too. */
function withoutEnd(doc: Node, other: Node): Node {
  const isEmptyLine = (node: Node | null) => node?.type.name === 'paragraph' && node.content.size === 0
  if (doc.childCount < 2 || !isEmptyLine(doc.lastChild) || isEmptyLine(other.lastChild)) return doc
  return doc.copy(Fragment.from(doc.content.content.slice(0, -1)))
}

/** The text that differs from the given one by the fewest letters; of several, the first. */
function nearest(text: Node, all: Node[]): Node {
  const far = all.map((one) => distance(one, text))
  return all[far.indexOf(Math.min(...far))] as Node
}
