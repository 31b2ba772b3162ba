// What has changed on the server, by topic. Pages subscribe here and nowhere else, so only this file knows how news
// arrives: an open document tells its own topics, and all others come over one wire to the server.

export type Topic =
  | 'inbox' | 'documents' | 'members' | 'groups' | 'workflows' | 'decisions' | 'webhooks'
  /** Title, rights, status or approvals of one document; its threads; its revisions; the log of one webhook. */
  | `document/${string}` | `threads/${string}` | `revisions/${string}` | `webhook/${string}`

/** Brings news of the topics that it watches, for as long as somebody is signed in. */
export interface Wire {
  /** Watches these topics and no others. */
  watch(topics: readonly Topic[]): void
  /** Whether it hears of changes now. */
  readonly hears: boolean
  end(): void
}

export class Live {
  #subscribers = new Map<Topic, Set<() => void>>()
  #reconnects = new Set<() => void>()
  /** How many open documents tell a topic by themselves. */
  #told = new Map<Topic, number>()
  #openWire: ((live: Live) => Wire) | null = null
  #wire: Wire | null = null
  #watched = ''
  #isChecking = false

  /** Whether the wire hears of changes now. */
  get hears(): boolean {
    return this.#wire?.hears ?? false
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

  /** Calls back when news may have been missed: everything that the page shows must be read again. */
  onReconnect(callback: () => void): () => void {
    const own = () => callback()
    this.#reconnects.add(own)
    return () => this.#reconnects.delete(own)
  }

  /** Something of the topic has changed. */
  announce(topic: Topic): void {
    for (const callback of this.#subscribers.get(topic) ?? []) callback()
  }

  /** There was no connection for a while. */
  reconnected(): void {
    for (const callback of this.#reconnects) callback()
  }

  /** Opens a wire when a page first subscribes, until the function that it returns is called: when nobody is signed in. */
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

  /** Notes that an open document tells these topics, until the function that it returns is called. */
  tells(topics: readonly Topic[]): () => void {
    const count = (by: number) => {
      for (const topic of topics) this.#told.set(topic, (this.#told.get(topic) ?? 0) + by)
      this.#check()
    }
    count(1)
    return () => count(-1)
  }

  /** Has the wire watch what is shown, once for all that changes together: a page is left and another is shown. */
  #check(): void {
    if (this.#isChecking) return
    this.#isChecking = true
    queueMicrotask(() => {
      this.#isChecking = false
      const wanted = [...this.#subscribers.keys()].filter((topic) => !this.#told.get(topic)).sort()
      if (wanted.length > 0 && this.#openWire) this.#wire ??= this.#openWire(this)
      const watched = wanted.join(' ')
      if (!this.#wire || watched === this.#watched) return
      this.#watched = watched
      this.#wire.watch(wanted)
    })
  }
}

export const live = new Live()
