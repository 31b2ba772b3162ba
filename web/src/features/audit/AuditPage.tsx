// What was done in the workspace: filtered, page by page, and as a file.
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type AuditRow, type Member, api } from '../../api'

const NOUNS = ['', 'session', 'account', 'member', 'group', 'invite', 'document', 'share', 'link', 'key', 'request', 'audit', 'workspace']
const when = new Intl.DateTimeFormat(undefined, { dateStyle: 'short', timeStyle: 'medium' })

export function AuditPage() {
  const [action, setAction] = useState('')
  const [actor, setActor] = useState('')
  const [which, setWhich] = useState<'all' | 'reads' | 'refused'>('all')
  const members = useQuery({ queryKey: ['members'], queryFn: api.members })
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
          <tbody>{rows.map((row) => <Row key={row.audit_id} row={row} members={members.data ?? []} />)}</tbody>
        </table>
      </div>
      {audit.isSuccess && rows.length === 0 && <div className="empty">Nothing fits.</div>}
      {audit.hasNextPage && <button type="button" className="button" onClick={() => audit.fetchNextPage()}>More</button>}
    </main>
  )
}

function Row({ row, members }: { row: AuditRow; members: Member[] }) {
  const nameOf = (id: string | null | undefined) => members.find((member) => member.account_id === id)?.name
  const personal = row.personal ? (JSON.parse(row.personal) as Record<string, string>) : null
  const who = nameOf(row.actor_id) ?? (row.actor_kind === 'guest' ? 'A guest' : row.actor_id ? 'Somebody who is gone' : row.actor_kind)
  return (
    <tr>
      <td><time dateTime={row.at}>{when.format(new Date(row.at))}</time></td>
      <td>{who}{row.actor_kind === 'key' && ' (by a key)'}</td>
      <td>{row.action}<small title={row.detail}>{row.detail === '{}' ? '' : row.detail}</small></td>
      <td>{row.resource_kind}<small>{nameOf(row.resource_id) ?? row.resource_id}</small></td>
      <td>{personal ? (personal.address ?? '') : 'erased'}<small title={personal?.agent}>{personal?.email ?? ''}</small></td>
      <td className={row.outcome === 'done' ? '' : 'refused'}>{row.outcome}{row.sensitivity && <small>{row.sensitivity}</small>}</td>
    </tr>
  )
}
