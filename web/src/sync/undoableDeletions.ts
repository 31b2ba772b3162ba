// Deletions that can be undone for ten seconds. The page hides the deleted item at once, and sends the deletion when
// the time is over or the page closes. Until the server has answered, the deletion is stored on the device, so that it
// is sent again after a time without a connection, or by the next page. Others see the item until the deletion arrives.
import { renewSession } from '../client'
import { t } from '../messages'
import { Store } from '../store'
import { live } from './live'

/** Long enough to read the sentence and reach the button. */
export const UNDO_MS = 10_000
const STORED = 'consilium-deletions:'

export interface Deletion {
  /** The address of what is deleted. */
  path: string
  /** The sentence that the page shows, such as "Comment deleted." */
  said: string
}

interface State {
  /** Those that can still be undone. */
  undoable: Deletion[]
  /** The addresses of all items that this page hides. */
  hidden: ReadonlySet<string>
  /** Why the last deletion failed. */
  failure: string | null
}

export class Deletions extends Store<State> {
  #account: string | null = null
  #timers = new Map<string, ReturnType<typeof setTimeout>>()

  constructor() {
    super({ undoable: [], hidden: new Set(), failure: null })
  }

  /**
   * Sends the stored deletions of this person when their time is over. Returns a function that stops this.
   */
  begin(account: string): () => void {
    this.#account = account
    const carryOn = () => {
      for (const [path, until] of Object.entries(this.#stored())) this.#sendAt(path, until)
    }
    carryOn()
    return live.onReconnect(carryOn)
  }

  add = (deletion: Deletion): void => {
    const until = Date.now() + UNDO_MS
    this.#show(deletion.path, false)
    this.set({ undoable: [...this.state.undoable, deletion], failure: null })
    this.#store({ ...this.#stored(), [deletion.path]: until })
    this.#sendAt(deletion.path, until)
  }

  undo = (path: string): void => {
    this.#end(path)
    this.#show(path, true)
  }

  /** Sends pending deletions at once, because the page closes or the person signs out. */
  flush = (): Promise<void> => Promise.all(this.state.undoable.map(({ path }) => this.#send(path))).then(() => undefined)

  dismiss = (): void => this.set({ failure: null })

  #sendAt(path: string, until: number): void {
    clearTimeout(this.#timers.get(path))
    // Another window may have undone or sent the deletion.
    const send = () => path in this.#stored() && void this.#send(path)
    this.#timers.set(path, setTimeout(send, until - Date.now()))
  }

  async #send(path: string): Promise<void> {
    clearTimeout(this.#timers.get(path))
    this.set({ undoable: this.state.undoable.filter((one) => one.path !== path) })
    this.#show(path, false)
    // `keepalive` lets the request outlive the page.
    const ask = () => fetch(path, { method: 'DELETE', keepalive: true }).catch(() => null)
    let answer = await ask()
    if (answer?.status === 401 && (await renewSession())) answer = await ask()
    if (answer?.ok || answer?.status === 404 || answer?.status === 410) return this.#end(path)
    if (!answer || answer.status >= 500 || answer.status === 401 || answer.status === 429) {
      return this.set({ failure: t.cantReachTheServerThe })
    }
    this.#end(path)
    this.#show(path, true)
    this.set({ failure: t.theCommentWasNotDeleted })
  }

  #end(path: string): void {
    clearTimeout(this.#timers.get(path))
    this.#timers.delete(path)
    this.set({ undoable: this.state.undoable.filter((one) => one.path !== path) })
    const { [path]: _, ...rest } = this.#stored()
    this.#store(rest)
  }

  #show(path: string, isShown: boolean): void {
    const hidden = new Set(this.state.hidden)
    if (isShown) hidden.delete(path)
    else hidden.add(path)
    this.set({ hidden })
  }

  /** Stored deletions, with the time from which they can no longer be undone. */
  #stored(): Record<string, number> {
    return JSON.parse(localStorage.getItem(STORED + this.#account) ?? '{}') as Record<string, number>
  }

  #store(deletions: Record<string, number>): void {
    if (Object.keys(deletions).length > 0) localStorage.setItem(STORED + this.#account, JSON.stringify(deletions))
    else localStorage.removeItem(STORED + this.#account)
  }
}

export const deletions = new Deletions()

if (typeof window !== 'undefined') window.addEventListener('pagehide', () => void deletions.flush())
