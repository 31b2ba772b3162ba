// Deciding about suggestions, and what can still be undone.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Problem } from '../../client'
import { Store } from '../../store'
import { type Decided, type SuggestionView, type Which, api } from './api'
import { reread } from './queries'
import { STANDS } from './shown/words'

export interface Accepted {
  document: string
  ids: string[]
}

/** A toast is shown this long, as for what was deleted. */
const UNDOABLE_MS = 10_000

/** What was just accepted here, for as long as a toast offers to undo it. */
class LastAccepted extends Store<{ accepted: Accepted | null }> {
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor() {
    super({ accepted: null })
  }

  note(accepted: Accepted): void {
    clearTimeout(this.#timer)
    this.set({ accepted })
    this.#timer = setTimeout(this.dismiss, UNDOABLE_MS)
  }

  dismiss = (): void => this.set({ accepted: null })
}

export const lastAccepted = new LastAccepted()

/** Why a suggestion doesn't stand, instead of what the code means elsewhere. */
async function said<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (problem) {
    const sentence = problem instanceof Problem && Object.hasOwn(STANDS, problem.code) ? STANDS[problem.code as keyof typeof STANDS] : null
    throw sentence ? new Error(sentence) : problem
  }
}

/** A decision about one suggestion. */
export type Verdict = { act: 'accept' | 'reopen' | 'undo' | 'withdraw' } | { act: 'reject'; note: string }

export function useDecide(document: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: async ({ id, verdict }: { id: string; verdict: Verdict }): Promise<SuggestionView> =>
      said(verdict.act === 'reject' ? api.reject(document, id, verdict.note) : api[verdict.act](document, id)),
    onSuccess: (_view, { id, verdict }) => {
      if (verdict.act === 'accept') lastAccepted.note({ document, ids: [id] })
    },
    // Also after a refusal: the list that was shown is out of date.
    onSettled: () => reread(queries, document),
  })
}

export function useDecideMany(document: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ verdict, which }: { verdict: 'accept' | 'reject'; which: Which }): Promise<Decided> =>
      verdict === 'accept' ? api.acceptMany(document, which) : api.rejectMany(document, which),
    onSuccess: ({ accepted = [] }) => {
      if (accepted.length > 0) lastAccepted.note({ document, ids: accepted })
    },
    onSettled: () => reread(queries, document),
  })
}

/** Undoes what was just accepted; later ones first, as they may stand on earlier ones. */
export function useUndoAccepted() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: async ({ document, ids }: Accepted) => {
      for (const id of ids.toReversed()) await said(api.undo(document, id))
    },
    onSuccess: lastAccepted.dismiss,
    onSettled: (_done, _error, { document }) => reread(queries, document),
  })
}
