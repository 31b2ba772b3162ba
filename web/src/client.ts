// The one client of the server. A failed call throws a Problem. Each feature lists its own calls in its `api.ts`.
import { Problem, createClient, ok as dataOf } from '@consilium/client'
import { inOwnWords } from './problems'

export { Problem, type Schemas } from '@consilium/client'

export const client = createClient()

/** The data of a successful response. Throws a `Problem` in the language of the page for others. */
export const ok: typeof dataOf = (call) => dataOf(call).catch((problem: unknown) => {
  throw problem instanceof Problem ? inOwnWords(problem) : problem
})

/** Renews the session cookies. False when the session has ended or the server does not answer. */
export const renewSession = (): Promise<boolean> => ok(client.POST('/api/v1/auth/refresh')).then(() => true, () => false)

/** Whether the server refused a call, rather than failing to answer it for now. */
export const isRefusal = (error: unknown): boolean => error instanceof Problem && error.status >= 400 && error.status < 500 && error.status !== 429

/** Whether there is no such thing, or not for this person. */
export const isNotFound = (error: unknown): boolean => error instanceof Problem && error.status === 404
