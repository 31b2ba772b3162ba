import { useQuery } from '@tanstack/react-query'
import { PageHeader } from '../../../elements/PageHeader'
import { useLive } from '../../../sync/refetch'
import { useMembers } from '../../people'
import { api } from '../api'
import { t } from '../messages'
import { recentKey } from '../queries'
import { DocumentEntry } from './DocumentEntry'
import { Views } from './Views'

/** The documents that the account opened or edited last. */
export function RecentList() {
  useLive('documents', recentKey)
  // The server does not announce that a document was opened, so the list is read whenever it is shown.
  const recent = useQuery({ queryKey: recentKey, queryFn: api.recent, staleTime: 0 })
  const members = useMembers()
  const nameOf = (account: string | null | undefined) => members.data?.find(({ account_id }) => account_id === account)?.name
  return (
    <main className="list">
      <PageHeader title={t.recent} />
      <Views />
      {recent.isError && <div role="alert" className="notice">{recent.error.message}</div>}
      {recent.data?.length === 0 && <div className="empty">{t.documentsThatYouOpenOr}</div>}
      {(recent.data?.length ?? 0) > 0 && (
        <ul aria-label={t.recent}>
          {recent.data?.map(({ at, document }) => <DocumentEntry key={document.id} document={document} owner={nameOf(document.created_by)} at={at} />)}
        </ul>
      )}
    </main>
  )
}
