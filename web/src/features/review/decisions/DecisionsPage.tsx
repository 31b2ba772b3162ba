// The log of decisions, across all documents that the account can see: what was decided, by whom, on which version, and
// why. Open questions are beside it.
import { useInfiniteQuery } from '@tanstack/react-query'
import { Download, FileJson, FileText, Sheet } from 'lucide-react'
import { useState } from 'react'
import { Menu } from '../../../elements/Menu'
import { PageHeader } from '../../../elements/PageHeader'
import { useLive } from '../../../sync/refetch'
import { type DecisionRange, api, queryOf } from '../api'
import { t } from '../messages'
import { DecidedItem } from './DecidedItem'
import { DecisionFilters } from './DecisionFilters'
import { OpenQuestions } from './OpenQuestions'
import { decidedByDay } from './days'
import { useRange } from './useRange'

const key = ['decisions']

const exported = (range: DecisionRange, format: string): string => `/api/v1/decisions/export?${new URLSearchParams({ format, ...queryOf(range) })}`

export function DecisionsPage() {
  useLive('decisions', key)
  // Changes of documents change the shown titles, and which decisions the reader may see.
  useLive('documents', key)
  const [range, setRange] = useRange()
  const [isOpen, setOpen] = useState(false)
  const decisions = useInfiniteQuery({
    queryKey: [...key, 'decided', range],
    queryFn: ({ pageParam }) => api.decisions(range, pageParam),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next ?? undefined,
  })
  const all = decisions.data?.pages.flatMap(({ items }) => items) ?? []
  const isFiltered = Object.values(range).some(Boolean)
  return (
    <main className="list decisions">
      <PageHeader title={t.decisions}>
        <Menu label={t.exportDecisions} text={t.exportAction} icon={<Download size={16} strokeWidth={1.75} />}>
          <a role="menuitem" href={exported(range, 'pdf')} download><FileText size={16} strokeWidth={1.75} />{t.exportAsPdf}</a>
          <a role="menuitem" href={exported(range, 'json')} download><FileJson size={16} strokeWidth={1.75} />{t.exportAsJson}</a>
          <a role="menuitem" href={exported(range, 'csv')} download><Sheet size={16} strokeWidth={1.75} />{t.exportAsCsv}</a>
        </Menu>
      </PageHeader>
      <fieldset className="switch" aria-label={t.whichQuestions}>
        <button type="button" className="button quiet" aria-pressed={!isOpen} onClick={() => setOpen(false)}>{t.decidedQuestions}</button>
        <button type="button" className="button quiet" aria-pressed={isOpen} onClick={() => setOpen(true)}>{t.openQuestions}</button>
      </fieldset>
      <DecisionFilters range={range} known={all} isOpen={isOpen} onChange={setRange} />
      {isOpen ? <OpenQuestions range={range} /> : (
        <>
          {decisions.error && <div role="alert" className="notice">{decisions.error.message}</div>}
          {decisions.data && all.length === 0 && !decisions.hasNextPage && <div className="empty">{isFiltered ? t.noDecisionsMatch : t.noDecisionsYetApprovalsAnd}</div>}
          {[...decidedByDay(all)].map(([day, those]) => (
            <section key={day} className="stack" aria-label={day}>
              <h2 className="eyebrow">{day}</h2>
              <ul aria-label={t.decisionsOfDay({ day })}>{those.map((one) => <DecidedItem key={one.id} one={one} />)}</ul>
            </section>
          ))}
          {decisions.hasNextPage && <button type="button" className="button" disabled={decisions.isFetching} onClick={() => void decisions.fetchNextPage()}>{t.more}</button>}
        </>
      )}
    </main>
  )
}
