// The files of an open document, with URLs that show them. Texts have only ids: this store finds the rest, and asks again
// when URLs have ended or a picture is not ready yet.
import { Store } from '../../store'
import { live } from '../../sync/live'
import { type AttachmentView, api } from './api'

interface State {
  byId: ReadonlyMap<string, AttachmentView>
  /** Whether the server has answered. */
  isRead: boolean
}

/** URLs are asked for again this long before they end. */
const EARLY = 30_000
/** How often a picture that is not ready is asked for, and for how long. */
const AGAIN = 2_000
const TRIES = 30

export class Attachments extends Store<State> {
  #reading: Promise<void> | null = null
  #timer: ReturnType<typeof setTimeout> | null = null
  #tries = 0
  #users = 0
  #stop: (() => void) | null = null

  constructor(readonly document: string) {
    super({ byId: new Map(), isRead: false })
  }

  /** Follows the document's files for one image or card of its text. Returns a function that unsubscribes. */
  use(onChange: () => void): () => void {
    const end = this.onChange(onChange)
    if (this.#users++ === 0) {
      this.#stop = live.subscribe(`document/${this.document}`, () => void this.read())
      void this.read()
    }
    return () => {
      end()
      if (--this.#users > 0) return
      this.#stop?.()
      if (this.#timer) clearTimeout(this.#timer)
      this.#timer = null
    }
  }

  find(id: string): AttachmentView | undefined {
    return this.state.byId.get(id)
  }

  /** Adds a file that was uploaded here. */
  add(attachment: AttachmentView): void {
    this.set({ byId: new Map(this.state.byId).set(attachment.id, attachment) })
    this.#schedule()
  }

  read = (): Promise<void> => {
    this.#reading ??= api.attachments(this.document)
      .then((all) => this.set({ byId: new Map(all.map((one) => [one.id, one])), isRead: true }))
      // Offline, the data that was read before stays.
      .catch(() => undefined)
      .finally(() => {
        this.#reading = null
        this.#schedule()
      })
    return this.#reading
  }

  #schedule(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    const all = [...this.state.byId.values()]
    if (this.#users === 0 || all.length === 0) return
    const isComing = all.some(({ state, media_type }) => media_type.startsWith('image/') && (state === 'waiting' || state === 'working'))
    if (isComing && this.#tries < TRIES) {
      this.#tries++
      this.#timer = setTimeout(this.read, AGAIN)
      return
    }
    const end = Math.min(...all.map(({ urls_until }) => Date.parse(urls_until)))
    this.#timer = setTimeout(this.read, Math.max(end - Date.now() - EARLY, AGAIN))
  }
}
