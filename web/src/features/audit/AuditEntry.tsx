import { Link } from 'wouter'
import { preciseTime } from '../../dates'
import type { Member } from '../people'
import type { AuditRow } from './api'
import { t } from './messages'
import { said } from './said'

interface Props {
  row: AuditRow
  members: Member[]
  /** The titles of documents that the reader may see. */
  titles: Map<string, string>
}

/** One row of the audit log: a sentence, and the names and ids that it was made from. */
export function AuditEntry({ row, members, titles }: Props) {
  const nameOf = (id: string | null | undefined) => members.find((member) => member.account_id === id)?.name
  const personal = row.personal ? (JSON.parse(row.personal) as Record<string, string>) : null
  const who = nameOf(row.actor_id) ?? (row.actor_kind === 'guest' ? t.aGuest : row.actor_id ? t.someoneWhoLeft : row.actor_kind === 'system' ? t.theServer : row.actor_kind)
  const detail = JSON.parse(row.detail || '{}') as Record<string, unknown>
  const sentence = said(row.action, detail, (id) => nameOf(id) ?? t.someone)
  const title = row.resource_id ? titles.get(row.resource_id) : undefined
  return (
    <tr>
      <td><time dateTime={row.at}>{preciseTime(row.at)}</time></td>
      <td>{row.actor_kind === 'key' ? t.whoByAnApiKey({ who }) : who}</td>
      <td>{sentence ?? row.action}<small title={row.detail}>{sentence && row.action} {row.detail === '{}' ? '' : row.detail}</small></td>
      <td>{title ? <Link href={`/documents/${row.resource_id}`}>{title}</Link> : (nameOf(row.resource_id) ?? RESOURCES[row.resource_kind] ?? row.resource_kind)}<small>{row.resource_id}</small></td>
      <td>{personal ? (personal.address ?? '') : t.deletedAddress}<small title={personal?.agent}>{personal?.email ?? ''}</small></td>
      <td className={row.outcome === 'done' ? '' : 'refused'}>{RESULTS[row.outcome] ?? row.outcome}{row.sensitivity && <small>{SENSITIVITIES[row.sensitivity] ?? row.sensitivity}</small>}</td>
    </tr>
  )
}

const RESULTS: Record<string, string> = { done: t.success, forbidden: t.denied }

const RESOURCES: Record<string, string> = {
  account: t.ofAccount, audit: t.ofAudit, document: t.ofDocument, export: t.ofExport, flag: t.ofFlag, group: t.ofGroup, import: t.ofImport, invite: t.ofInvite, job: t.ofJob, key: t.ofKey,
  provider: t.ofProvider, publication: t.ofPublication, route: t.ofRoute, search: t.ofSearch, session: t.ofSession, space: t.ofSpace, tag: t.ofTag, template: t.ofTemplate,
  webhook: t.ofWebhook, workflow: t.ofWorkflow, workspace: t.ofWorkspace,
}
const SENSITIVITIES: Record<string, string> = { confidential: t.confidential, restricted: t.restricted }
