// One open document: Y.Doc, socket, local copy, and what the page may say about them.
// A store, not a component: components subscribe, and each `on…` gives back its end.
import { HocuspocusProvider } from '@hocuspocus/provider'
import { IndexeddbPersistence } from 'y-indexeddb'
import * as Y from 'yjs'
import { api } from '../api'
import { dropMalformedCarets } from './carets'
import { localName, noteUnsent, notedUnsent } from './local'
import { type Health, type SyncState, troubleOf } from './trust'
import { Unsent } from './unsent'

export interface Person {
  clientId: number
  id: string
  name: string
  color: string
}

/** Title, rights or place of the document; what is said about it; which states are kept; what one should hear of. */
export type News = 'changed' | 'comments' | 'revisions' | 'inbox'
const NEWS: readonly string[] = ['changed', 'comments', 'revisions', 'inbox'] satisfies News[]

/** What an older page does not know, it must not touch: the server may answer with read-only one day. */
const SCHEMA_VERSION = 1

export class DocumentSession {
  readonly doc = new Y.Doc()
  readonly provider: HocuspocusProvider
  state: SyncState = { connected: false, synced: false, unsaved: 0, unsavedSince: 0, version: 0, refused: null, readOnly: false, waitingMs: 0, trouble: null }
  people: Person[] = []
  #local: IndexeddbPersistence
  #unsent: Unsent
  #listeners = new Set<() => void>()
  #disconnectedAt = Date.now()
  #clock: ReturnType<typeof setInterval>

  /** `onNews`: what is known beside the text has changed; ask for it again. */
  constructor(readonly id: string, readonly account: string, onNews: (what: News) => void = () => {}) {
    // Named by person and document: a shared browser never sends one person's edits as another's.
    this.#local = new IndexeddbPersistence(localName(account, id), this.doc)
    this.#unsent = new Unsent(notedUnsent(account, id))
    const url = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/collab`
    this.provider = new HocuspocusProvider({
      url,
      name: id,
      document: this.doc,
      // The cookie signs in; asking for a token means that it is time to renew it.
      token: async () => {
        await api.refresh()
        return ''
      },
      onAuthenticated: ({ scope }) => {
        this.provider.sendStateless(JSON.stringify({ t: 'hello', schema: SCHEMA_VERSION, document: id }))
        this.#set({ readOnly: scope === 'readonly', refused: null })
      },
      onAuthenticationFailed: ({ reason }) => this.#set({ refused: reason }),
      onStatus: ({ status }) => {
        if (status !== 'connected' && this.state.connected) this.#disconnectedAt = Date.now()
        this.#unsent.restarted()
        // What was told on the last connection may have passed; a new one tells it again.
        this.#set({ connected: status === 'connected', trouble: null })
      },
      onSynced: ({ state }) => {
        this.#set({ synced: state })
        // What was said while there was no connection was not heard.
        onNews('comments')
      },
      onUnsyncedChanges: ({ number }) => {
        this.#unsent.counted(number)
        this.#countUnsent()
      },
      onStateless: ({ payload }) => this.#hear(payload, onNews),
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
    this.#clock = setInterval(() => this.#set({ waitingMs: this.state.connected ? 0 : Date.now() - this.#disconnectedAt }), 500)
  }

  onChange = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  end(): void {
    clearInterval(this.#clock)
    this.provider.destroy()
    this.provider.configuration.websocketProvider.destroy()
    void this.#local.destroy()
    this.doc.destroy()
  }

  #countUnsent(): void {
    const unsaved = this.#unsent.changes
    if (unsaved === this.state.unsaved) return
    noteUnsent(this.account, this.id, unsaved)
    this.#set({ unsaved, unsavedSince: unsaved === 0 ? 0 : this.state.unsavedSince || Date.now() })
  }

  #hear(payload: string, onNews: (what: News) => void): void {
    const message = JSON.parse(payload) as { t: string; code?: string; seq?: number; report?: Health }
    if (message.t === 'durable' && message.seq !== undefined) this.#set({ version: message.seq })
    if (message.t === 'left-out' && message.code === 'client-id-taken') this.#set({ refused: message.code })
    if (NEWS.includes(message.t)) onNews(message.t as News)
    if (message.t === 'health' && message.report) this.#set({ trouble: troubleOf(message.report) })
    if (message.t === 'refused' && message.code && message.code !== 'read-only') this.#set({ refused: message.code })
  }

  #countPeople(): void {
    const people: Person[] = []
    for (const [clientId, state] of this.provider.awareness?.getStates() ?? []) {
      const user = state.user as Partial<Person> | undefined
      if (clientId !== this.doc.clientID && user?.name) {
        people.push({ clientId, id: user.id ?? String(clientId), name: user.name, color: user.color ?? 'var(--muted)' })
      }
    }
    this.people = people
    this.#tell()
  }

  #set(change: Partial<SyncState>): void {
    const changed = (Object.keys(change) as (keyof SyncState)[]).some((key) => this.state[key] !== change[key])
    if (!changed) return
    this.state = { ...this.state, ...change }
    this.#tell()
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }
}
