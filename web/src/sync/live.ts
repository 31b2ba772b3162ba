// What has changed on the server, by topic. Pages subscribe here and nowhere else, so only this file knows how news
// arrives: over the sockets of open documents or, for topics that no socket tells yet, by asking at intervals.

export type Topic =
  | 'inbox' | 'documents' | 'members' | 'groups' | 'workflows' | 'decisions' | 'webhooks'
  /** Title, rights, status or approvals of one document; its threads; its revisions; the log of one webhook. */
  | `document/${string}` | `threads/${string}` | `revisions/${string}` | `webhook/${string}`

/** The topics that are asked for, and how often; `unlessTold` only while no socket is open that tells them. */
const POLLS: readonly { topic: RegExp; everyMs: number; unlessTold: boolean }[] = [
  { topic: /^inbox$/, everyMs: 30_000, unlessTold: true },
  // A webhook may fail at any time, and its log is open only while somebody watches it.
  { topic: /^webhooks$/, everyMs: 5_000, unlessTold: false },
  { topic: /^webhook\//, everyMs: 3_000, unlessTold: false },
]

export class Live {
  #subscribers = new Map<Topic, Set<() => void>>()
  #polls = new Map<Topic, ReturnType<typeof setInterval>>()
  #reconnects = new Set<() => void>()
  /** Everything that hears news over an open socket. */
  #sources = new Set<object>()

  /** Calls back whenever the topic may have changed. */
  subscribe(topic: Topic, callback: () => void): () => void {
    const all = this.#subscribers.get(topic) ?? new Set()
    this.#subscribers.set(topic, all)
    // A callback that subscribes twice is called twice.
    const own = () => callback()
    all.add(own)
    this.#poll(topic)
    return () => {
      all.delete(own)
      if (all.size > 0) return
      this.#subscribers.delete(topic)
      clearInterval(this.#polls.get(topic))
      this.#polls.delete(topic)
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

  /** Notes that the source hears news over an open socket, until the function that it returns is called. */
  connect(source: object): () => void {
    this.#sources.add(source)
    return () => this.#sources.delete(source)
  }

  #poll(topic: Topic): void {
    const poll = POLLS.find((one) => one.topic.test(topic))
    if (!poll || this.#polls.has(topic)) return
    const ask = () => {
      const isTold = poll.unlessTold && this.#sources.size > 0
      const isHidden = globalThis.document?.visibilityState === 'hidden'
      if (!isTold && !isHidden) this.announce(topic)
    }
    this.#polls.set(topic, setInterval(ask, poll.everyMs))
  }
}

export const live = new Live()
