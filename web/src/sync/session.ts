// One open document: its Y.Doc, its provider on the page's socket, its local copy, and the state that the page shows.
import { HocuspocusProvider, WebSocketStatus } from '@hocuspocus/provider'
import { IndexeddbPersistence } from 'y-indexeddb'
import * as Y from 'yjs'
import { renewSession } from '../client'
import { Store } from '../store'
import { dropMalformedCarets, spreadColors } from './carets'
import type { Connection } from './connection'
import { EARLIER, readEarlier } from './earlier'
import { LastEdits } from './lastEdits'
import type { Live, Topic } from './live'
import { localName, noteCurrent, noteUnsent, notedCurrent, notedUnsent } from './local'
import { Pinger } from './unanswered'
import { SCHEMA_VERSION } from './schemaVersion'
import { type Health, type SyncState, troubleOf } from './trust'
import { Unsent } from './unsent'

export interface Person {
  clientId: number
  id: string
  name: string
  color: string
}

/** The state of a document that its page shows. */
export interface SessionState extends SyncState {
  people: Person[]
}

/** The types of the server's messages about a document, with the topic of each. */
const NEWS = new Map<string, (id: string) => Topic>([
  ['changed', (id) => `document/${id}`],
  ['comments', (id) => `threads/${id}`],
  ['revisions', (id) => `revisions/${id}`],
])

const INITIAL: SessionState = {
  connected: false, hasFailed: false, isOffline: false, synced: false, unsaved: 0, unsavedSince: 0, savedAt: 0, saveMs: 0, currentAt: 0, version: 0, refused: null, readOnly: false, waitingMs: 0, trouble: null, people: [],
}

export class DocumentSession extends Store<SessionState> {
  readonly doc = new Y.Doc()
  readonly provider: HocuspocusProvider
  #local: IndexeddbPersistence
  #unsent: Unsent
  #lastEdits: LastEdits
  #live: Live
  #connection: Connection
  #hasSynced = false
  #hasEnded = false
  /** An attempt to connect failed, and so did the page's requests meanwhile. */
  #hasMissed = false
  /** Returns this document's topics to the wire. */
  #stopExcluding: (() => void) | null = null
  #disconnectedAt = Date.now()
  #clock: ReturnType<typeof setInterval>
  /** Notices that the network is gone even if the browser does not report it. */
  #pinger = new Pinger(() => {
    this.#noteOffline()
    this.#connection.reopen()
  })
  /** Ends the wait for access to the document; null unless the server refuses it. */
  #stopWaiting: (() => void) | null = null

  constructor(readonly id: string, readonly account: string, live: Live, connection: Connection) {
    super({ ...INITIAL, currentAt: notedCurrent(account, id) })
    this.#live = live
    this.#connection = connection
    // Named after person and document, so that a shared browser never sends one person's edits as another's.
    this.#local = new IndexeddbPersistence(localName(account, id), this.doc)
    this.#lastEdits = new LastEdits(account, id)
    this.#lastEdits.restore(this.doc)
    this.#unsent = new Unsent(notedUnsent(account, id))
    const websocketProvider = connection.use()
    this.provider = new HocuspocusProvider({
      websocketProvider,
      name: id,
      document: this.doc,
      // The cookie signs in; it is renewed whenever the provider asks for a token.
      token: async () => {
        await renewSession()
        return ''
      },
      onAuthenticated: ({ scope }) => {
        this.provider.sendStateless(JSON.stringify({ t: 'hello', schema: SCHEMA_VERSION, document: id }))
        this.#stopWaiting?.()
        this.set({ readOnly: scope === 'readonly', refused: null })
        // If this arrives while the document is open, the person's rights have changed, perhaps because of their role.
        if (this.state.synced) this.#live.announce(`document/${this.id}`)
      },
      onAuthenticationFailed: ({ reason }) => {
        this.#stopNews()
        this.set({ refused: reason })
        this.#waitForAccess()
      },
      onClose: () => this.#stopNews(),
      onStatus: ({ status }) => {
        if (status !== 'connected' && this.state.connected) {
          this.#disconnectedAt = Date.now()
          this.#noteCurrent()
        }
        this.#unsent.restarted()
        // Trouble reported on the last connection may be over. The server reports it again on a new one.
        this.set({ connected: status === 'connected', trouble: null })
        this.#hasMissed ||= status === 'disconnected'
        if (status !== 'connecting') this.set({ hasFailed: status === 'disconnected' })
      },
      onMessage: () => {
        this.#pinger.answered()
        this.set({ isOffline: false })
      },
      onSynced: ({ state }) => {
        this.set({ synced: state })
        if (!state) return
        this.#startNews()
        this.#noteCurrent()
      },
      onUnsyncedChanges: ({ number }) => {
        this.#unsent.counted(number)
        this.#countUnsent()
      },
      onStateless: ({ payload }) => this.#onMessage(payload),
      onAwarenessChange: () => this.#countPeople(),
    })
    this.doc.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin === this.provider || origin === this.#local || origin === EARLIER) return
      this.#lastEdits.edited(update)
      this.#unsent.edited()
      this.#countUnsent()
    })
    const isRead = readEarlier(account, id, this.doc).catch((problem) => console.warn('An earlier copy of this document could not be read.', problem))
    void this.#local.whenSynced.then(() => this.#lastEdits.restored())
    void Promise.all([this.#local.whenSynced, isRead]).then(() => {
      if (this.#hasEnded) return
      this.#unsent.loaded(this.provider.synced ? this.provider.unsyncedChanges : null)
      this.#countUnsent()
    })
    this.#countUnsent()
    addEventListener('offline', this.#noteOffline)
    addEventListener('pagehide', this.#noteCurrent)
    addEventListener('pagehide', this.#lastEdits.keep)
    if (this.provider.awareness) {
      dropMalformedCarets(this.provider.awareness)
      spreadColors(this.provider.awareness, account)
    }
    // The socket may be open already, and reports its opening only once.
    this.set({ connected: websocketProvider.status === WebSocketStatus.Connected })
    this.provider.attach()
    this.#clock = setInterval(() => this.set({ waitingMs: this.state.connected ? 0 : Date.now() - this.#disconnectedAt }), 500)
  }

  end(): void {
    this.#hasEnded = true
    clearInterval(this.#clock)
    this.#pinger.end()
    this.#noteCurrent()
    removeEventListener('offline', this.#noteOffline)
    removeEventListener('pagehide', this.#noteCurrent)
    removeEventListener('pagehide', this.#lastEdits.keep)
    this.#stopNews()
    this.#stopWaiting?.()
    this.provider.destroy()
    this.#connection.giveBack()
    void this.#local.destroy()
    this.doc.destroy()
  }

  /** Notes that nothing sent from now on will arrive, although the socket looks open for half a minute. */
  #noteOffline = (): void => {
    this.#noteCurrent()
    this.set({ isOffline: true })
  }

  /** Notes that the text has been equal to the server's up to now, if the page is in sync with the server. */
  #noteCurrent = (): void => {
    if (!this.state.synced || this.state.isOffline || this.state.refused) return
    const currentAt = Date.now()
    noteCurrent(this.account, this.id, currentAt)
    this.set({ currentAt })
  }

  /** Asks for the document again when it may have been restored or shared again. */
  #waitForAccess(): void {
    if (this.#stopWaiting) return
    const ask = () => {
      if (!this.state.connected) return
      // As on a new connection, everything is counted and announced again.
      this.provider.onClose()
      this.#unsent.restarted()
      this.set({ synced: false })
      void this.provider.sendToken().then(() => this.provider.startSync())
    }
    const look = () => document.visibilityState === 'visible' && ask()
    // Guests have no topics, so their page asks again when it becomes visible.
    document.addEventListener('visibilitychange', look)
    const ends = [this.#live.subscribe(`document/${this.id}`, ask), () => document.removeEventListener('visibilitychange', look)]
    this.#stopWaiting = () => {
      this.#stopWaiting = null
      for (const end of ends) end()
    }
  }

  #countUnsent(): void {
    const unsaved = this.#unsent.changes
    if (unsaved === this.state.unsaved) return
    noteUnsent(this.account, this.id, unsaved)
    const now = Date.now()
    if (unsaved > this.state.unsaved) this.#pinger.asked()
    if (unsaved === 0) {
      this.#pinger.answered()
      // The duration of a save that waited for a connection tells nothing about the next one.
      const since = this.state.unsavedSince
      if (since > 0) this.set({ savedAt: now, saveMs: since > this.#disconnectedAt ? now - since : 0 })
    }
    this.set({ unsaved, unsavedSince: unsaved === 0 ? 0 : this.state.unsavedSince || now })
  }

  /** Starts to receive news of this document. Earlier news was missed, unless the page's wire received it. */
  #startNews(): void {
    const topics = [...NEWS.values()].map((topic) => topic(this.id))
    if (!this.#live.isWatching && (this.#hasSynced || this.#hasMissed)) this.#live.reconnected()
    else if (!this.#live.isWatching) for (const topic of topics) this.#live.announce(topic)
    this.#stopExcluding ??= this.#live.exclude(topics)
    this.#hasSynced = true
  }

  #stopNews(): void {
    this.#stopExcluding?.()
    this.#stopExcluding = null
  }

  #onMessage(payload: string): void {
    const message = JSON.parse(payload) as { t: string; code?: string; seq?: number; report?: Health }
    if (message.t === 'durable' && message.seq !== undefined) this.set({ version: message.seq })
    if (message.t === 'left-out' && message.code === 'client-id-taken') this.set({ refused: message.code })
    const topic = NEWS.get(message.t)?.(this.id)
    if (topic) this.#live.announce(topic)
    if (message.t === 'health' && message.report) this.set({ trouble: troubleOf(message.report) })
    if (message.t === 'refused' && message.code && message.code !== 'read-only') this.set({ refused: message.code })
  }

  #countPeople(): void {
    const people: Person[] = []
    for (const [clientId, state] of this.provider.awareness?.getStates() ?? []) {
      const user = state.user as Partial<Person> | undefined
      if (clientId !== this.doc.clientID && user?.name) {
        people.push({ clientId, id: user.id ?? String(clientId), name: user.name, color: user.color ?? 'var(--muted)' })
      }
    }
    // Carets move with each letter, and every change of a store redraws something.
    if (JSON.stringify(people) !== JSON.stringify(this.state.people)) this.set({ people })
  }
}
