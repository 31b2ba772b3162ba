// The home page: what waits for the account, what others changed, and what the account worked on.
import { Redirect, useSearch } from 'wouter'
import { PageHeader } from './elements/PageHeader'
import { HomeLists, NewDocument } from './features/library'
import { NeedsAction } from './features/notify'
import type { Me } from './features/people'
import { t } from './messages'
import { mayCreateDocuments } from './rights'

/** In earlier versions, the list of documents was at this address: links to a filtered list still lead to it. */
const FILTERED = /^(q|kind|status|owner|tag|sort)=/

export function HomePage({ me }: { me: Me }) {
  const search = useSearch()
  if (FILTERED.test(search)) return <Redirect to={`/documents?${search}`} replace />
  return (
    <main className="list">
      <PageHeader title={t.home}>{mayCreateDocuments(me.role) && <NewDocument me={me} />}</PageHeader>
      <NeedsAction />
      <HomeLists me={me} />
    </main>
  )
}
