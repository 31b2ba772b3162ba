// State that components subscribe to. A store owns it and is the only one that changes it; `onChange` returns a
// function that unsubscribes.
import { useSyncExternalStore } from 'react'

export class Store<State extends object> {
  #state: State
  #listeners = new Set<() => void>()

  constructor(initial: State) {
    this.#state = initial
  }

  get state(): State {
    return this.#state
  }

  onChange = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  protected set(change: Partial<State>): void {
    const changed = (Object.keys(change) as (keyof State)[]).some((key) => this.#state[key] !== change[key])
    if (!changed) return
    this.#state = { ...this.#state, ...change }
    for (const listener of this.#listeners) listener()
  }
}

/** Reads a part of a store and subscribes to it. */
export const useStore = <State extends object, T>(store: Store<State>, read: (state: State) => T): T =>
  useSyncExternalStore(store.onChange, () => read(store.state))
