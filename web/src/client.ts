// The one client of the server. A failed call throws a Problem. Each feature lists its own calls in its `api.ts`.
import { createClient, ok } from '@consilium/client'

export { Problem, type Schemas, ok } from '@consilium/client'

export const client = createClient()

/** Renews the session cookies. False when the session has ended or the server does not answer. */
export const renewSession = (): Promise<boolean> => ok(client.POST('/api/v1/auth/refresh')).then(() => true, () => false)
