// How many local changes the server has not put on its disk. The provider counts too, but begins again
// at 1 with each connection, whatever waits; so its figure holds only once it has been 0 on this one.

export class Unsent {
  #exact = false
  #loaded: boolean

  /** `changes`: what was left when this device last had the document open; see local.ts. */
  constructor(public changes: number) {
    // Nothing is settled before what was left is here to be sent.
    this.#loaded = changes === 0
  }

  /** Somebody changed the document here. */
  edited(): void {
    if (!this.#exact) this.changes += 1
  }

  /** The provider counts `outstanding` questions and changes without an answer. */
  counted(outstanding: number): void {
    if (outstanding === 0 && this.#loaded) this.#exact = true
    if (this.#exact) this.changes = outstanding
  }

  /** The provider is about to begin again, with another connection. */
  restarted(): void {
    this.#exact = false
  }

  /** The local copy is in the document. `outstanding` as for `counted`; null without a connection in sync. */
  loaded(outstanding: number | null): void {
    this.#loaded = true
    if (outstanding !== null) this.counted(outstanding)
  }
}
