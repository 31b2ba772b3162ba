// Decisions on suggestions, and undoing the last ones.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Problem } from '../../client'
import { Store } from '../../store'
import { type Decided, type SuggestionView, type Which, api } from './api'
import { reread } from './queries'
import { STANDS } from './shown/words'

export interface JustDecided {
  document: string
  verdict: 'accept' | 'reject'
  ids: string[]
}

/** How long the toast is shown: as long as that after a deletion. */
const UNDOABLE_MS = 10_000

/** What was just accepted or rejected here, for as long as a toast offers to undo it. */
class LastDecided extends Store<{ decided: JustDecided | null }> {
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor() {
    super({ decided: null })
  }

  note(decided: JustDecided): void {
    clearTimeout(this.#timer)
    this.set({ decided })
    this.#timer = setTimeout(this.dismiss, UNDOABLE_MS)
  }

  dismiss = (): void => this.set({ decided: null })
}

export const lastDecided = new LastDecided()

/** Replaces the sentence of an error by the reason why the suggestion cannot be accepted. */
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
      if (verdict.act === 'accept' || verdict.act === 'reject') lastDecided.note({ document, verdict: verdict.act, ids: [id] })
    },
    // Also after a refusal, because the shown list is then out of date.
    onSettled: () => reread(queries, document),
  })
}

export function useDecideMany(document: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ verdict, which }: { verdict: 'accept' | 'reject'; which: Which }): Promise<Decided> =>
      verdict === 'accept' ? api.acceptMany(document, which) : api.rejectMany(document, which),
    onSuccess: ({ accepted = [], rejected = [] }, { verdict }) => {
      const ids = verdict === 'accept' ? accepted : rejected
      if (ids.length > 0) lastDecided.note({ document, verdict, ids })
    },
    onSettled: () => reread(queries, document),
  })
}

/** Undoes what was just decided; later ones first, because they may build on earlier ones. */
export function useUndoDecided() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: async ({ document, verdict, ids }: JustDecided) => {
      const takeBack = verdict === 'accept' ? api.undo : api.reopen
      for (const id of ids.toReversed()) await said(takeBack(document, id))
    },
    onSuccess: lastDecided.dismiss,
    onSettled: (_done, _error, { document }) => reread(queries, document),
  })
}
