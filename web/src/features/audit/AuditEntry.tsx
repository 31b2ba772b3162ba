import { preciseTime } from '../../dates'
import type { Member } from '../people'
import type { AuditRow } from './api'

/** One row of the audit. */
export function AuditEntry({ row, members }: { row: AuditRow; members: Member[] }) {
  const nameOf = (id: string | null | undefined) => members.find((member) => member.account_id === id)?.name
  const personal = row.personal ? (JSON.parse(row.personal) as Record<string, string>) : null
  const who = nameOf(row.actor_id) ?? (row.actor_kind === 'guest' ? 'A guest' : row.actor_id ? 'Somebody who is gone' : row.actor_kind)
  return (
    <tr>
      <td><time dateTime={row.at}>{preciseTime(row.at)}</time></td>
      <td>{who}{row.actor_kind === 'key' && ' (by a key)'}</td>
      <td>{row.action}<small title={row.detail}>{row.detail === '{}' ? '' : row.detail}</small></td>
      <td>{row.resource_kind}<small>{nameOf(row.resource_id) ?? row.resource_id}</small></td>
      <td>{personal ? (personal.address ?? '') : 'erased'}<small title={personal?.agent}>{personal?.email ?? ''}</small></td>
      <td className={row.outcome === 'done' ? '' : 'refused'}>{row.outcome}{row.sensitivity && <small>{row.sensitivity}</small>}</td>
    </tr>
  )
}
