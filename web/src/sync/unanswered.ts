// Notices within two seconds that nothing arrives any more, while something that was sent waits for an answer. Browsers
// say that they are offline only when the last interface is gone, and a dead socket looks open for half a minute.

/** An answer usually takes some milliseconds. */
const PATIENCE_MS = 1_000
/** How long the server may take to answer a request that costs it nothing. */
const TIMEOUT_MS = 900

export class Pinger {
  #timer: ReturnType<typeof setTimeout> | undefined
  #hasEnded = false

  constructor(readonly onGone: () => void, readonly ping: () => Promise<boolean> = reachesServer) {}

  /** Notes that something was sent which the server answers. */
  asked(): void {
    this.#timer ??= setTimeout(() => void this.#check(), PATIENCE_MS)
  }

  /** Notes that something arrived. */
  answered(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  end(): void {
    this.#hasEnded = true
    this.answered()
  }

  async #check(): Promise<void> {
    const timer = this.#timer
    const isThere = await this.ping()
    // An answer may have come meanwhile.
    if (this.#hasEnded || this.#timer !== timer) return
    this.#timer = undefined
    if (!isThere) this.onGone()
  }
}

const reachesServer = (): Promise<boolean> => fetch('/healthz', { cache: 'no-store', signal: AbortSignal.timeout(TIMEOUT_MS) }).then(() => true, () => false)
