import { useQuery } from '@tanstack/react-query'
import { useLive } from '../../../sync/refetch'
import { type Me, useMembers } from '../../people'
import { type DocumentView, api } from '../api'
import { t } from '../messages'
import { documentsKey, recentKey, useChanged, useFavourites } from '../queries'
import { DocumentEntry } from './DocumentEntry'
import { FirstSteps } from './FirstSteps'

/** Documents in a list: as many as fit on a screen. The rest are on separate pages. */
const FEW = 6

const latestKey = [...documentsKey, 'latest']

/** The lists of the home page. A document is shown only in the first list that it belongs to. */
export function HomeLists({ me }: { me: Me }) {
  useLive('documents', recentKey)
  useLive('documents', latestKey)
  const favourites = useFavourites()
  const changed = useChanged()
  const recent = useQuery({ queryKey: recentKey, queryFn: api.recent, staleTime: 0 })
  const latest = useQuery({ queryKey: latestKey, queryFn: () => api.documents({ limit: 2 * FEW }) })
  const members = useMembers()
  const isReady = [favourites, changed, recent, latest].every(({ isPending }) => !isPending)
  const failure = changed.error ?? recent.error ?? latest.error
  if (!isReady) return null

  const shown = new Set<string>()
  const section = (documents: { document: DocumentView; at?: string | undefined }[]) => {
    const those = documents.filter(({ document }) => !shown.has(document.id)).slice(0, FEW)
    for (const { document } of those) shown.add(document.id)
    return those
  }
  const known = new Map([...(recent.data ?? []).map(({ document }) => document), ...(latest.data?.items ?? [])].map((document) => [document.id, document]))
  const sections = [
    { title: t.changedSinceYourLastVisit, items: section((changed.data ?? []).map(({ document }) => ({ document }))), isNew: true },
    { title: t.recent, items: section((recent.data ?? []).map(({ document, at }) => ({ document, at }))) },
    { title: t.favourites, items: section((favourites.data ?? []).flatMap(({ id }) => (known.has(id) ? [{ document: known.get(id) as DocumentView }] : []))) },
    { title: t.latestInTheWorkspace, items: section((latest.data?.items ?? []).map((document) => ({ document }))) },
  ].filter(({ items }) => items.length > 0)
  const nameOf = (account: string | null | undefined) => members.data?.find(({ account_id }) => account_id === account)?.name
  return (
    <>
      {failure && <div role="alert" className="notice">{failure.message}</div>}
      {!failure && sections.length === 0 && <FirstSteps me={me} />}
      {sections.map(({ title, items, isNew }) => (
        <section key={title} className="stack" aria-label={title}>
          <h2 className="eyebrow">{title}</h2>
          <ul aria-label={title}>
            {items.map(({ document, at }) => <DocumentEntry key={document.id} document={document} owner={nameOf(document.created_by)} at={at} isUnread={isNew} />)}
          </ul>
        </section>
      ))}
    </>
  )
}
