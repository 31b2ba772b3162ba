// The results of a search: passages that match, what they can be narrowed by, and saved searches.
import { useEffect, useState } from 'react'
import { useLocation, useSearch } from 'wouter'
import { PageHeader } from '../../../elements/PageHeader'
import type { Sort } from '../api'
import { t } from '../messages'
import { useResults } from '../queries'
import { Facets } from './Facets'
import { HitRow } from './HitRow'
import { SavedSearches } from './SavedSearches'

/** Results follow the typing after a pause of this length, in ms, not after each letter. */
const PAUSE = 200

export function SearchPage() {
  const [, go] = useLocation()
  const asked = new URLSearchParams(useSearch()).get('q') ?? ''
  const [q, setQ] = useState(asked)
  const [sort, setSort] = useState<Sort>('best')
  // Both a link to other results and typing here change the query.
  useEffect(() => setQ(asked), [asked])
  // biome-ignore lint/correctness/useExhaustiveDependencies: only what is typed here changes the address
  useEffect(() => {
    if (q === asked) return
    const timer = setTimeout(() => go(`/search?${new URLSearchParams({ q })}`, { replace: true }), PAUSE)
    return () => clearTimeout(timer)
  }, [q])
  const results = useResults(asked, sort)
  const [first] = results.data?.pages ?? []
  const hits = results.data?.pages.flatMap((page) => page.items) ?? []
  return (
    <main className="list results">
      <PageHeader title={asked ? t.searchTitle({ query: asked }) : t.search}>
        <label className="search grow">
          <span className="visually-hidden">{t.searchAllDocuments}</span>
          <input type="search" placeholder={t.searchPlaceholder} value={q} onChange={(event) => setQ(event.target.value)} />
        </label>
        <label className="field row">
          {t.sortBy}
          <select value={sort} onChange={(event) => setSort(event.target.value as Sort)}>
            <option value="best">{t.bestMatch}</option>
            <option value="-updated_at">{t.lastUpdated}</option>
          </select>
        </label>
      </PageHeader>
      <div className="columns">
        <div className="stack">
          {first && <p role="status" className="hint">{said(first.total, first.typos)}</p>}
          {first?.rebuilding && <p role="status" className="notice warn">{t.theSearchIndexIsBeing}</p>}
          {first?.notes.map((note) => <p key={note} className="notice">{note}</p>)}
          {results.isError && <div role="alert" className="notice">{results.error.message}</div>}
          {hits.length > 0 && <ul aria-label={t.results}>{hits.map((hit) => <HitRow key={hit.id} hit={hit} />)}</ul>}
          {first?.total === 0 && <div className="empty">{t.noDocumentsMatchTryFewer({ query: asked })}</div>}
          {results.hasNextPage && <button type="button" className="button" onClick={() => results.fetchNextPage()}>{t.showMoreResults}</button>}
        </div>
        <aside className="stack" aria-label={t.narrowTheResults}>
          <SavedSearches q={asked} />
          {first && <Facets facets={first.facets} q={q} onChange={setQ} />}
        </aside>
      </div>
    </main>
  )
}

const said = (total: number, typos: boolean): string => (typos ? t.documentsWithSimilarWords : t.documentsCount)({ count: total })
