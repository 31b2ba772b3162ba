// The wire of `live`: it watches topics at an address of the page's socket that no document can have.
import { HocuspocusProvider } from '@hocuspocus/provider'
import * as Y from 'yjs'
import { renewSession } from '../client'
import type { Connection } from './connection'
import type { Live, Topic, Wire } from './live'

/** Names of documents have no control characters. */
const ADDRESS = '\u0001topics'
/** The server tells what changed up to 10 s before it was watched. */
const CONNECTED_WITHIN_MS = 5_000
/** The database does not answer, or a session was renewed without success. */
const TRY_AGAIN_MS = 5_000
const RENEW_EVERY_MS = 60_000

export class TopicWire implements Wire {
  #provider: HocuspocusProvider
  #connection: Connection
  #live: Live
  #topics: readonly Topic[] = []
  #hears = false
  #hasHeard = false
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
      onStateless: ({ payload }) => this.#hear(payload),
      onClose: () => {
        this.#hears = false
      },
    })
    this.#provider.attach()
  }

  get hears(): boolean {
    return this.#hears
  }

  watch(topics: readonly Topic[]): void {
    this.#topics = topics
    if (this.#provider.isAuthenticated) this.#send()
  }

  end(): void {
    clearTimeout(this.#again)
    this.#hears = false
    this.#provider.destroy()
    this.#provider.document.destroy()
    this.#connection.giveBack()
  }

  #send(): void {
    this.#provider.sendStateless(JSON.stringify({ t: 'watch', topics: this.#topics }))
  }

  #hear(payload: string): void {
    const message = JSON.parse(payload) as { t: string; topic?: Topic }
    if (message.t === 'topic' && message.topic) this.#live.announce(message.topic)
    if (message.t === 'watching' && !this.#hears) {
      this.#hears = true
      if (this.#hasHeard || Date.now() - this.#startedAt > CONNECTED_WITHIN_MS) this.#live.reconnected()
      this.#hasHeard = true
    }
  }

  async #fail(reason: string): Promise<void> {
    this.#hears = false
    if (reason === 'unavailable') {
      clearTimeout(this.#again)
      this.#again = setTimeout(() => void this.#provider.sendToken(), TRY_AGAIN_MS)
    }
    // The cookie that the socket was opened with may have been too old; a session that has ended stays ended.
    if (reason !== 'unauthorized' || Date.now() - this.#renewedAt < RENEW_EVERY_MS) return
    this.#renewedAt = Date.now()
    if (await renewSession()) this.#connection.renew()
  }
}
