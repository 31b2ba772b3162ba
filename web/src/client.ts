// The one client of the server. A failed call throws a Problem. Each feature lists its own calls in its `api.ts`.
import { Problem, createClient, ok } from '@consilium/client'

export { Problem, type Schemas, ok } from '@consilium/client'

export const client = createClient()

/** Renews the session cookies. False when the session has ended or the server does not answer. */
export const renewSession = (): Promise<boolean> => ok(client.POST('/api/v1/auth/refresh')).then(() => true, () => false)

/** Whether the server refused a call, rather than failing to answer it for now. */
export const isRefusal = (error: unknown): boolean => error instanceof Problem && error.status >= 400 && error.status < 500 && error.status !== 429

/** Whether there is no such thing, or not for this person. */
export const isNotFound = (error: unknown): boolean => error instanceof Problem && error.status === 404
