// The wire of `live`: it watches topics on the page's socket, at an address that no document can have.
import { HocuspocusProvider } from '@hocuspocus/provider'
import * as Y from 'yjs'
import { renewSession } from '../client'
import type { Connection } from './connection'
import type { Live, Topic, Wire } from './live'

/** Document names contain no control characters. */
const ADDRESS = '\u0001topics'
/** The server also reports changes of up to 10 s before a topic was watched. */
const CONNECTED_WITHIN_MS = 5_000
/** The pause after the server reported that its database does not answer. */
const TRY_AGAIN_MS = 5_000
const RENEW_EVERY_MS = 60_000

export class TopicWire implements Wire {
  #provider: HocuspocusProvider
  #connection: Connection
  #live: Live
  #topics: readonly Topic[] = []
  #isWatching = false
  #hasWatched = false
  /** An attempt to connect failed, and so did the page's requests meanwhile. */
  #hasFailed = false
  #startedAt = Date.now()
  #renewedAt = 0
  #again: ReturnType<typeof setTimeout> | undefined

  constructor(connection: Connection, live: Live) {
    this.#connection = connection
    this.#live = live
    this.#provider = new HocuspocusProvider({
      websocketProvider: connection.use(),
      name: ADDRESS,
      document: new Y.Doc(),
      awareness: null,
      // The cookie signs in.
      token: '',
      onAuthenticated: () => this.#send(),
      onAuthenticationFailed: ({ reason }) => void this.#fail(reason),
      onStateless: ({ payload }) => this.#onMessage(payload),
      onClose: () => {
        this.#isWatching = false
      },
      onStatus: ({ status }) => {
        this.#hasFailed ||= status === 'disconnected'
      },
    })
    this.#provider.attach()
  }

  get isWatching(): boolean {
    return this.#isWatching
  }

  watch(topics: readonly Topic[]): void {
    this.#topics = topics
    if (this.#provider.isAuthenticated) this.#send()
  }

  end(): void {
    clearTimeout(this.#again)
    this.#isWatching = false
    this.#provider.destroy()
    this.#provider.document.destroy()
    this.#connection.giveBack()
  }

  #send(): void {
    this.#provider.sendStateless(JSON.stringify({ t: 'watch', topics: this.#topics }))
  }

  #onMessage(payload: string): void {
    const message = JSON.parse(payload) as { t: string; topic?: Topic }
    if (message.t === 'topic' && message.topic) this.#live.announce(message.topic)
    if (message.t === 'watching' && !this.#isWatching) {
      this.#isWatching = true
      if (this.#hasWatched || this.#hasFailed || Date.now() - this.#startedAt > CONNECTED_WITHIN_MS) this.#live.reconnected()
      this.#hasWatched = true
    }
  }

  #retry(reason: string, wait: number): void {
    clearTimeout(this.#again)
    this.#again = setTimeout(() => void this.#fail(reason), wait)
  }

  async #fail(reason: string): Promise<void> {
    this.#isWatching = false
    if (reason === 'unavailable') {
      clearTimeout(this.#again)
      this.#again = setTimeout(() => void this.#provider.sendToken(), TRY_AGAIN_MS)
    }
    if (reason !== 'unauthorized') return
    // The socket's cookie may have expired. Renewing does not help if the session has ended, but the renewal may fail
    // for another reason, so it is tried again.
    const wait = this.#renewedAt + RENEW_EVERY_MS - Date.now()
    if (wait > 0) return this.#retry(reason, wait)
    this.#renewedAt = Date.now()
    if (await renewSession()) this.#connection.renew()
    else this.#retry(reason, RENEW_EVERY_MS * (1 + Math.random()))
  }
}
