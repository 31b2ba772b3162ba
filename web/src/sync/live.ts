// Reports changes on the server, by topic. Pages subscribe only here, so only this file knows how news arrives: an open
// document reports its own topics, and all others come over one wire to the server.

export type Topic =
  | 'inbox' | 'favourites' | 'documents' | 'tags' | 'members' | 'groups' | 'spaces' | 'transfers' | 'workflows' | 'decisions' | 'webhooks'
  /** Title, rights, status or approvals of one document; its threads; its revisions; the log of one webhook. */
  | `document/${string}` | `threads/${string}` | `revisions/${string}` | `webhook/${string}`

/** Reports changes of the topics that it watches, while somebody is signed in. */
export interface Wire {
  /** Watches these topics and no others. */
  watch(topics: readonly Topic[]): void
  /** Whether it receives changes now. */
  readonly isWatching: boolean
  end(): void
}

export class Live {
  #subscribers = new Map<Topic, Set<() => void>>()
  #reconnects = new Set<() => void>()
  /** The number of open documents that report a topic themselves. */
  #excluded = new Map<Topic, number>()
  #openWire: ((live: Live) => Wire) | null = null
  #wire: Wire | null = null
  #watched = ''
  #isChecking = false

  /** Whether the wire receives changes now. */
  get isWatching(): boolean {
    return this.#wire?.isWatching ?? false
  }

  /** Calls back whenever the topic may have changed. */
  subscribe(topic: Topic, callback: () => void): () => void {
    const all = this.#subscribers.get(topic) ?? new Set()
    this.#subscribers.set(topic, all)
    // A callback that subscribes twice is called twice.
    const own = () => callback()
    all.add(own)
    this.#check()
    return () => {
      if (!all.delete(own) || all.size > 0) return
      this.#subscribers.delete(topic)
      this.#check()
    }
  }

  /** Calls back when changes may have been missed: everything that the page shows must be read again. */
  onReconnect(callback: () => void): () => void {
    const own = () => callback()
    this.#reconnects.add(own)
    return () => this.#reconnects.delete(own)
  }

  /** Notifies the subscribers that the topic may have changed. */
  announce(topic: Topic): void {
    for (const callback of this.#subscribers.get(topic) ?? []) callback()
  }

  /** Notifies pages that changes may have been missed. */
  reconnected(): void {
    for (const callback of this.#reconnects) callback()
  }

  /** Opens a wire at the first subscription. Call the returned function, which closes it, when nobody is signed in. */
  connect(openWire: (live: Live) => Wire): () => void {
    this.#openWire = openWire
    this.#check()
    return () => {
      this.#openWire = null
      this.#wire?.end()
      this.#wire = null
      this.#watched = ''
    }
  }

  /** Excludes topics that an open document reports from the wire, until the returned function is called. */
  exclude(topics: readonly Topic[]): () => void {
    const count = (by: number) => {
      for (const topic of topics) this.#excluded.set(topic, (this.#excluded.get(topic) ?? 0) + by)
      this.#check()
    }
    count(1)
    return () => count(-1)
  }

  /** Updates the watched topics, once for all changes of one task, such as replacing one page by another. */
  #check(): void {
    if (this.#isChecking) return
    this.#isChecking = true
    queueMicrotask(() => {
      this.#isChecking = false
      const wanted = [...this.#subscribers.keys()].filter((topic) => !this.#excluded.get(topic)).sort()
      if (wanted.length > 0 && this.#openWire) this.#wire ??= this.#openWire(this)
      const watched = wanted.join(' ')
      if (!this.#wire || watched === this.#watched) return
      this.#watched = watched
      this.#wire.watch(wanted)
    })
  }
}

export const live = new Live()
