// One open document: its Y.Doc, its place on the page's socket, its local copy, and what the page may say about them.
import { HocuspocusProvider, WebSocketStatus } from '@hocuspocus/provider'
import { IndexeddbPersistence } from 'y-indexeddb'
import * as Y from 'yjs'
import { renewSession } from '../client'
import { Store } from '../store'
import { dropMalformedCarets } from './carets'
import type { Connection } from './connection'
import type { Live, Topic } from './live'
import { localName, noteUnsent, notedUnsent } from './local'
import { type Health, type SyncState, troubleOf } from './trust'
import { Unsent } from './unsent'

export interface Person {
  clientId: number
  id: string
  name: string
  color: string
}

/** A document as its page shows it. */
export interface SessionState extends SyncState {
  people: Person[]
}

/** What the server calls news of a document, and the topic that each belongs to. */
const NEWS = new Map<string, (id: string) => Topic>([
  ['changed', (id) => `document/${id}`],
  ['comments', (id) => `threads/${id}`],
  ['revisions', (id) => `revisions/${id}`],
])

const INITIAL: SessionState = {
  connected: false, synced: false, unsaved: 0, unsavedSince: 0, version: 0, refused: null, readOnly: false, waitingMs: 0, trouble: null, people: [],
}

/** The schema that this page knows. The server may one day let pages with an older one only read. */
const SCHEMA_VERSION = 1

export class DocumentSession extends Store<SessionState> {
  readonly doc = new Y.Doc()
  readonly provider: HocuspocusProvider
  #local: IndexeddbPersistence
  #unsent: Unsent
  #live: Live
  #connection: Connection
  #hasSynced = false
  /** Notes that this document no longer tells its news. */
  #endsHearing: (() => void) | null = null
  #disconnectedAt = Date.now()
  #clock: ReturnType<typeof setInterval>

  constructor(readonly id: string, readonly account: string, live: Live, connection: Connection) {
    super(INITIAL)
    this.#live = live
    this.#connection = connection
    // Named by person and document, so a shared browser never sends one person's edits as another's.
    this.#local = new IndexeddbPersistence(localName(account, id), this.doc)
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
        this.set({ readOnly: scope === 'readonly', refused: null })
      },
      onAuthenticationFailed: ({ reason }) => {
        this.#stopHearing()
        this.set({ refused: reason })
      },
      onClose: () => this.#stopHearing(),
      onStatus: ({ status }) => {
        if (status !== 'connected' && this.state.connected) this.#disconnectedAt = Date.now()
        this.#unsent.restarted()
        // Trouble told on the last connection may be over; the server tells it again on a new one.
        this.set({ connected: status === 'connected', trouble: null })
      },
      onSynced: ({ state }) => {
        this.set({ synced: state })
        if (state) this.#startHearing()
      },
      onUnsyncedChanges: ({ number }) => {
        this.#unsent.counted(number)
        this.#countUnsent()
      },
      onStateless: ({ payload }) => this.#hear(payload),
      onAwarenessChange: () => this.#countPeople(),
    })
    this.doc.on('update', (_update: Uint8Array, origin: unknown) => {
      if (origin === this.provider || origin === this.#local) return
      this.#unsent.edited()
      this.#countUnsent()
    })
    this.#local.once('synced', () => {
      this.#unsent.loaded(this.provider.synced ? this.provider.unsyncedChanges : null)
      this.#countUnsent()
    })
    this.#countUnsent()
    if (this.provider.awareness) dropMalformedCarets(this.provider.awareness)
    // The socket may be open already, and says so only once.
    this.set({ connected: websocketProvider.status === WebSocketStatus.Connected })
    this.provider.attach()
    this.#clock = setInterval(() => this.set({ waitingMs: this.state.connected ? 0 : Date.now() - this.#disconnectedAt }), 500)
  }

  end(): void {
    clearInterval(this.#clock)
    this.#stopHearing()
    this.provider.destroy()
    this.#connection.giveBack()
    void this.#local.destroy()
    this.doc.destroy()
  }

  #countUnsent(): void {
    const unsaved = this.#unsent.changes
    if (unsaved === this.state.unsaved) return
    noteUnsent(this.account, this.id, unsaved)
    this.set({ unsaved, unsavedSince: unsaved === 0 ? 0 : this.state.unsavedSince || Date.now() })
  }

  /** From now on news is heard. What came before was not, unless it came over the wire of the page. */
  #startHearing(): void {
    const topics = [...NEWS.values()].map((topic) => topic(this.id))
    if (!this.#live.hears && this.#hasSynced) this.#live.reconnected()
    else if (!this.#live.hears) for (const topic of topics) this.#live.announce(topic)
    this.#endsHearing ??= this.#live.tells(topics)
    this.#hasSynced = true
  }

  #stopHearing(): void {
    this.#endsHearing?.()
    this.#endsHearing = null
  }

  #hear(payload: string): void {
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
    this.set({ people })
  }
}
