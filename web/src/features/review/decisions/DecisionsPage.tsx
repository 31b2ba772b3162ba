// The outcomes of threads and approvals, over all documents that the account can see.
import { useInfiniteQuery } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import { Link } from 'wouter'
import { PageHeader } from '../../../elements/PageHeader'
import { dateTime } from '../../../dates'
import { useLive } from '../../../sync/refetch'
import { type Decision, api } from '../api'

/** What a person did, before the title of the document. */
const DID: Record<string, string> = {
  decided: 'decided a comment in', done: 'marked a comment as done in', deferred: 'deferred a comment in', rejected: 'rejected a suggestion in', accepted: 'accepted a suggestion in',
}
const said = ({ kind, outcome, decided_by_name }: Decision): string => {
  const did = kind === 'approval' ? (outcome === 'rejected' ? 'rejected' : 'approved') : (DID[outcome] ?? 'decided in')
  return `${decided_by_name || 'Someone'} ${did}`
}
const key = ['decisions']

export function DecisionsPage() {
  useLive('decisions', key)
  // Their titles, and which of them may be seen.
  useLive('documents', key)
  const decisions = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) => api.decisions(pageParam),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next ?? undefined,
  })
  const all = decisions.data?.pages.flatMap(({ items }) => items) ?? []
  return (
    <main className="list">
      <PageHeader title="Decisions">
        <a className="button" href="/api/v1/decisions/export" download><Download size={16} strokeWidth={1.75} />Download as CSV</a>
      </PageHeader>
      {decisions.error && <div role="alert" className="notice">{decisions.error.message}</div>}
      {decisions.data && all.length === 0 && <div className="empty">No decisions yet. Approvals and comments resolved as “Decided” appear here.</div>}
      {all.length > 0 && (
        <ul aria-label="Decisions">
          {all.map((one) => (
            <li key={one.id}>
              <Link href={`/documents/${one.document_id}${one.kind === 'approval' ? '#approval' : `#thread=${one.id}`}`} className="news">
                <span className="what">{said(one)} <strong>{one.title}</strong></span>
                {one.note && <span className="what">{one.note}</span>}
                <q>{one.replacement === undefined || one.replacement === null ? one.question || one.quote : `${one.quote} → ${one.replacement || 'nothing'}`}</q>
                <time dateTime={one.decided_at}>{dateTime(one.decided_at)}</time>
              </Link>
            </li>
          ))}
        </ul>
      )}
      {decisions.hasNextPage && <button type="button" className="button" disabled={decisions.isFetching} onClick={() => void decisions.fetchNextPage()}>More</button>}
    </main>
  )
}
