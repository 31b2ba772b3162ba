// The audit of the workspace: filtered, page by page, and as a file.
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { PageHeader } from '../../elements/PageHeader'
import { useTitles } from '../library'
import { useMembers } from '../people'
import { AuditEntry } from './AuditEntry'
import { api } from './api'
import { t } from './messages'

const NOUN_NAMES: Record<string, string> = {
  session: t.signIns, account: t.accounts, member: t.members, group: t.groups, invite: t.invitations, document: t.documents, share: t.sharing, link: t.shareLinks, key: t.apiKeys,
  request: t.deniedRequests, audit: t.auditLog, workspace: t.workspace,
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
      <PageHeader title={t.auditLog}>
        <a className="button" href={`/api/v1/audit/export?${query}`} download>{t.downloadAsCsv}</a>
      </PageHeader>
      <div className="row">
        <label className="field">
          {t.event}
          <select value={action} onChange={(event) => setAction(event.target.value)}>{NOUNS.map((noun) => <option key={noun} value={noun}>{NOUN_NAMES[noun] ?? t.allEvents}</option>)}</select>
        </label>
        <label className="field">
          {t.user}
          <select value={actor} onChange={(event) => setActor(event.target.value)}>
            <option value="">{t.everyone}</option>
            {members.data?.map((member) => <option key={member.account_id} value={member.account_id}>{member.name}</option>)}
          </select>
        </label>
        <label className="field">
          {t.show}
          <select value={which} onChange={(event) => setWhich(event.target.value as typeof which)}>
            <option value="all">{t.all}</option>
            <option value="reads">{t.viewsOfConfidential}</option>
            <option value="refused">{t.denied}</option>
          </select>
        </label>
      </div>
      {audit.isError && <div role="alert" className="notice">{audit.error.message}</div>}
      <div className="scroll">
        <table className="audit">
          <thead><tr><th>{t.time}</th><th>{t.user}</th><th>{t.event}</th><th>{t.target}</th><th>{t.ipAddress}</th><th>{t.result}</th></tr></thead>
          <tbody>{rows.map((row) => <AuditEntry key={row.audit_id} row={row} members={members.data ?? []} titles={titles} />)}</tbody>
        </table>
      </div>
      {audit.isSuccess && rows.length === 0 && <div className="empty">{t.noEventsMatch}</div>}
      {audit.hasNextPage && <button type="button" className="button" onClick={() => audit.fetchNextPage()}>{t.more}</button>}
    </main>
  )
}
