// The number of local changes that the server has not saved. The provider counts too, but starts again at 1 with each
// connection, however many wait. Its number is therefore used only after it has been 0 on the current connection.

export class Unsent {
  #exact = false
  #loaded: boolean

  /** `changes`: the number left when the document was last open on this device; see local.ts. */
  constructor(public changes: number) {
    // The provider's count is exact only after the changes that were left last time have been loaded.
    this.#loaded = changes === 0
  }

  /** The document was edited on this page. */
  edited(): void {
    if (!this.#exact) this.changes += 1
  }

  /** Called when the provider counts `outstanding` questions and changes that have no answer. */
  counted(outstanding: number): void {
    if (outstanding === 0 && this.#loaded) this.#exact = true
    if (this.#exact) this.changes = outstanding
  }

  /** The provider starts again on a new connection. */
  restarted(): void {
    this.#exact = false
  }

  /** The local copy was loaded. `outstanding` as for `counted`; null while the provider is not in sync. */
  loaded(outstanding: number | null): void {
    this.#loaded = true
    if (outstanding !== null) this.counted(outstanding)
  }
}
