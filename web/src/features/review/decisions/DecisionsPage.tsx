// The outcomes of threads and approvals, over all documents that the account can see.
import { useInfiniteQuery } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import { Link } from 'wouter'
import { dateTime } from '../../../dates'
import { useLive } from '../../../sync/refetch'
import { api } from '../api'

const OUTCOME: Record<string, string> = { decided: 'Decided', done: 'Done', deferred: 'Deferred', rejected: 'Rejected', accepted: 'Accepted', approved: 'Approved' }
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
      <header>
        <h1>Decisions</h1>
        <a className="button" href="/api/v1/decisions/export" download><Download size={16} strokeWidth={1.75} />Download as CSV</a>
      </header>
      {decisions.error && <div role="alert" className="notice">{decisions.error.message}</div>}
      {decisions.data && all.length === 0 && <div className="empty">Nothing was decided yet. A comment that is resolved with an outcome, and an approval, is seen here.</div>}
      {all.length > 0 && (
        <ul aria-label="Decisions">
          {all.map((one) => (
            <li key={one.id}>
              <Link href={`/documents/${one.document_id}${one.kind === 'approval' ? '#approval' : `#thread=${one.id}`}`} className="news">
                <span className="what"><strong>{OUTCOME[one.outcome] ?? one.outcome}</strong> in {one.title}{one.decided_by_name && `, by ${one.decided_by_name}`}</span>
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
