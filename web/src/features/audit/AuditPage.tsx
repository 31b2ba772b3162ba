// The audit of the workspace: filtered, page by page, and as a file.
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useMembers } from '../people'
import { AuditEntry } from './AuditEntry'
import { api } from './api'

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
  const query = new URLSearchParams({ action, reads: String(filter.reads), outcome: filter.outcome, ...(actor && { actor }) })
  return (
    <main className="list wide">
      <header>
        <h1>Audit</h1>
        <a className="button" href={`/api/v1/audit/export?${query}`} download>Download as CSV</a>
      </header>
      <div className="row">
        <label className="field">
          What
          <select value={action} onChange={(event) => setAction(event.target.value)}>{NOUNS.map((noun) => <option key={noun} value={noun}>{noun || 'Everything'}</option>)}</select>
        </label>
        <label className="field">
          Who
          <select value={actor} onChange={(event) => setActor(event.target.value)}>
            <option value="">Everybody</option>
            {members.data?.map((member) => <option key={member.account_id} value={member.account_id}>{member.name}</option>)}
          </select>
        </label>
        <label className="field">
          Which
          <select value={which} onChange={(event) => setWhich(event.target.value as typeof which)}>
            <option value="all">All</option>
            <option value="reads">Reads of confidential documents</option>
            <option value="refused">Refused</option>
          </select>
        </label>
      </div>
      {audit.isError && <div role="alert" className="notice">{audit.error.message}</div>}
      <div className="scroll">
        <table className="audit">
          <thead><tr><th>When</th><th>Who</th><th>What</th><th>On</th><th>From</th><th>How it ended</th></tr></thead>
          <tbody>{rows.map((row) => <AuditEntry key={row.audit_id} row={row} members={members.data ?? []} />)}</tbody>
        </table>
      </div>
      {audit.isSuccess && rows.length === 0 && <div className="empty">Nothing fits.</div>}
      {audit.hasNextPage && <button type="button" className="button" onClick={() => audit.fetchNextPage()}>More</button>}
    </main>
  )
}
