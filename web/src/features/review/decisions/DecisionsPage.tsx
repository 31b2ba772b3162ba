// The outcomes of threads and approvals, over all documents that the account can see.
import { useInfiniteQuery } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { PageHeader } from '../../../elements/PageHeader'
import { dateTime } from '../../../dates'
import { useLive } from '../../../sync/refetch'
import { type Decision, api } from '../api'
import { t } from '../messages'

/** What a person did in a document. */
const DID: Record<string, (what: { name: string; title: ReactNode }) => ReactNode> = {
  decided: t.decidedACommentIn, done: t.markedACommentAsDoneIn, deferred: t.deferredACommentIn, rejected: t.rejectedASuggestionIn, accepted: t.acceptedASuggestionIn,
}
const said = ({ kind, outcome, decided_by_name, title }: Decision): ReactNode => {
  const did = kind === 'approval' ? (outcome === 'rejected' ? t.nameRejectedTitle : t.nameApprovedTitle) : (DID[outcome] ?? t.decidedIn)
  return did({ name: decided_by_name || t.someone, title: <strong>{title}</strong> })
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
      <PageHeader title={t.decisions}>
        <a className="button" href="/api/v1/decisions/export" download><Download size={16} strokeWidth={1.75} />{t.downloadAsCsv}</a>
      </PageHeader>
      {decisions.error && <div role="alert" className="notice">{decisions.error.message}</div>}
      {decisions.data && all.length === 0 && <div className="empty">{t.noDecisionsYetApprovalsAnd}</div>}
      {all.length > 0 && (
        <ul aria-label={t.decisions}>
          {all.map((one) => (
            <li key={one.id}>
              <Link href={`/documents/${one.document_id}${one.kind === 'approval' ? '#approval' : `#thread=${one.id}`}`} className="news">
                <span className="what">{said(one)}</span>
                {one.note && <span className="what">{one.note}</span>}
                <q>{one.replacement === undefined || one.replacement === null ? one.question || one.quote : `${one.quote} → ${one.replacement || t.nothing}`}</q>
                <time dateTime={one.decided_at}>{dateTime(one.decided_at)}</time>
              </Link>
            </li>
          ))}
        </ul>
      )}
      {decisions.hasNextPage && <button type="button" className="button" disabled={decisions.isFetching} onClick={() => void decisions.fetchNextPage()}>{t.more}</button>}
    </main>
  )
}
