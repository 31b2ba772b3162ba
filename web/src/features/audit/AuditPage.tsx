// The audit of the workspace: filtered, page by page, and as a file.
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { PageHeader } from '../../elements/PageHeader'
import { useTitles } from '../library'
import { useMembers } from '../people'
import { AuditEntry } from './AuditEntry'
import { api } from './api'

const NOUN_NAMES: Record<string, string> = {
  session: 'Sign-ins', account: 'Accounts', member: 'Members', group: 'Groups', invite: 'Invitations', document: 'Documents', share: 'Sharing', link: 'Share links', key: 'API keys',
  request: 'Denied requests', audit: 'Audit log', workspace: 'Workspace',
}

const NOUNS = ['', 'session', 'account', 'member', 'group', 'invite', 'document', 'share', 'link', 'key', 'request', 'audit', 'workspace']

export function AuditPage() {
  const [action, setAction] = useState('')
  const [actor, setActor] = useState('')
  const [which, setWhich] = useState<'all' | 'reads' | 'refused'>('all')
  const members = useMembers()
  const filter = { action, actor: actor || undefined, reads: which === 'reads', outcome: which === 'refused' ? 'forbidden' : '' }
  const audit = useInfiniteQuery({
    queryKey: ['audit', filter],
    queryFn: ({ pageParam }) => api.audit({ ...filter, cursor: pageParam }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  })
  const rows = audit.data?.pages.flatMap((page) => page.items) ?? []
  const titles = useTitles(rows.flatMap(({ resource_kind, resource_id }) => (resource_kind === 'document' && resource_id ? [resource_id] : [])))
  const query = new URLSearchParams({ action, reads: String(filter.reads), outcome: filter.outcome, ...(actor && { actor }) })
  return (
    <main className="list">
      <PageHeader title="Audit log">
        <a className="button" href={`/api/v1/audit/export?${query}`} download>Download as CSV</a>
      </PageHeader>
      <div className="row">
        <label className="field">
          Event
          <select value={action} onChange={(event) => setAction(event.target.value)}>{NOUNS.map((noun) => <option key={noun} value={noun}>{NOUN_NAMES[noun] ?? 'All events'}</option>)}</select>
        </label>
        <label className="field">
          User
          <select value={actor} onChange={(event) => setActor(event.target.value)}>
            <option value="">Everyone</option>
            {members.data?.map((member) => <option key={member.account_id} value={member.account_id}>{member.name}</option>)}
          </select>
        </label>
        <label className="field">
          Show
          <select value={which} onChange={(event) => setWhich(event.target.value as typeof which)}>
            <option value="all">All</option>
            <option value="reads">Views of confidential documents</option>
            <option value="refused">Denied</option>
          </select>
        </label>
      </div>
      {audit.isError && <div role="alert" className="notice">{audit.error.message}</div>}
      <div className="scroll">
        <table className="audit">
          <thead><tr><th>Time</th><th>User</th><th>Event</th><th>Target</th><th>IP address</th><th>Result</th></tr></thead>
          <tbody>{rows.map((row) => <AuditEntry key={row.audit_id} row={row} members={members.data ?? []} titles={titles} />)}</tbody>
        </table>
      </div>
      {audit.isSuccess && rows.length === 0 && <div className="empty">No events match.</div>}
      {audit.hasNextPage && <button type="button" className="button" onClick={() => audit.fetchNextPage()}>More</button>}
    </main>
  )
}
