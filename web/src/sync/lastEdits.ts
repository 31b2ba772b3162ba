// The last edits of a document, kept when its page closes. IndexedDB drops what it has not written by then, and only
// localStorage is written at once.
import * as Y from 'yjs'
import { forget, keep, kept, lastEditsOf, namesUnder } from './local'
import { EARLIER } from './earlier'

/** IndexedDB has written an edit after this time, even on a slow device. */
const WRITTEN_WITHIN_MS = 10_000

export class LastEdits {
  #recent: { at: number; update: Uint8Array }[] = []
  readonly #start: string
  /** The names of the edits that earlier pages kept, until IndexedDB has them. */
  readonly #found: string[]

  constructor(account: string, id: string) {
    this.#start = lastEditsOf(account, id)
    this.#found = namesUnder(this.#start)
  }

  /** Puts the edits that earlier pages kept into a document whose local copy has not been opened yet. */
  restore(doc: Y.Doc): void {
    for (const name of this.#found) {
      const update = kept<number[]>(name)
      if (update) Y.applyUpdate(doc, Uint8Array.from(update), EARLIER)
    }
  }

  /** The local copy was opened. What was in the document before is being written to it. */
  restored(): void {
    setTimeout(() => this.#found.forEach(forget), WRITTEN_WITHIN_MS)
  }

  edited(update: Uint8Array): void {
    const now = Date.now()
    this.#recent = [...this.#recent.filter(({ at }) => now - at < WRITTEN_WITHIN_MS), { at: now, update }]
  }

  /** Keeps the edits that may not have been written. Several pages may do so for one document. */
  keep = (): void => {
    const recent = this.#recent.filter(({ at }) => Date.now() - at < WRITTEN_WITHIN_MS)
    if (recent.length > 0) keep(`${this.#start}${crypto.randomUUID()}`, Array.from(Y.mergeUpdates(recent.map(({ update }) => update))))
  }
}
