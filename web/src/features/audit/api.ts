// Calls of the audit.
import { type Schemas, client, ok } from '../../client'

export type AuditRow = Schemas['AuditRow']

export const api = {
  audit: (query: { action?: string; outcome?: string; actor?: string; reads?: boolean; cursor?: string }) => ok(client.GET('/api/v1/audit', { params: { query } })),
}
