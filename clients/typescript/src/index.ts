// A typed client of the REST API. Types of requests and responses come from the server's OpenAPI document.
import createFetchClient, { type Client as FetchClient } from 'openapi-fetch'
import type { components, paths } from './schema'

/** The schemas of requests and responses, by name. */
export type Schemas = components['schemas']
export type Client = FetchClient<paths>

/** A problem document (RFC 9457), as the server sends it; `code` is stable. */
export class Problem extends Error {
  constructor(readonly status: number, readonly code: string, detail: string) {
    super(detail)
  }
}

export interface Options {
  /** `https://…`; empty for the origin of the page. */
  baseUrl?: string
  /** An API key (`ck_…`); without one the cookies of the browser are used and renewed. */
  key?: string
  fetch?: (request: Request) => Promise<Response>
}

const REFRESH = '/api/v1/auth/refresh'

/** A client that renews an expired access cookie automatically. */
export function createClient({ baseUrl = '', key, fetch: send = (request) => fetch(request) }: Options = {}): Client {
  /** Calls share one refresh: each refresh cookie works once. */
  let refreshing: Promise<boolean> | null = null
  const refresh = () => {
    refreshing ??= send(new Request(new URL(REFRESH, baseUrl || location.origin), { method: 'POST' }))
      .then((response) => response.ok).finally(() => (refreshing = null))
    return refreshing
  }
  const sendSignedIn = async (request: Request) => {
    const again = request.clone()
    const response = await send(request)
    const mayRefresh = response.status === 401 && !key && !new URL(request.url).pathname.startsWith('/api/v1/auth/')
    return mayRefresh && (await refresh()) ? send(again) : response
  }
  return createFetchClient<paths>({ baseUrl: baseUrl || undefined, fetch: sendSignedIn, headers: key ? { authorization: `Bearer ${key}` } : {} })
}

/** The data of a successful response. Throws a `Problem` for others. */
export async function ok<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await call.catch(() => {
    throw new Problem(0, 'unreachable', "Can't reach the server.")
  })
  if (response.ok) return data as T
  const { code = 'unreachable', detail = "Can't reach the server." } = (error ?? {}) as Partial<Schemas['Problem']>
  throw new Problem(response.status, code, detail)
}
