// The documents that the account can see: all, those shared with it, or the archive.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { ArchiveRestore } from 'lucide-react'
import { PageHeader } from '../../../elements/PageHeader'
import { mayCreateDocuments } from '../../../rights'
import { type Me, useMembers } from '../../people'
import { type DocumentFilter, api } from '../api'
import { t } from '../messages'
import { documentsKey, pagesKey, useChanged, useDocuments } from '../queries'
import { DocumentEntry } from './DocumentEntry'
import { Filters } from './Filters'
import { NewDocument } from './NewDocument'
import { Views } from './Views'
import { useListFilter } from './useListFilter'

export type View = 'all' | 'shared' | 'archive'

const TITLES = { all: t.documents, shared: t.sharedWithMe, archive: t.archive }
const EMPTY = {
  all: t.noDocumentsYetCreateThe,
  shared: t.documentsThatOthersShare,
  archive: t.theArchiveIsEmptyArchive,
}

export function DocumentList({ me, view }: { me: Me; view: View }) {
  const queries = useQueryClient()
  const [filter, change] = useListFilter()
  const own: DocumentFilter = view === 'shared' ? { shared: true } : view === 'archive' ? { status: 'archived' } : {}
  const documents = useDocuments({ ...filter, ...own })
  const members = useMembers()
  const changed = useChanged()
  const unread = new Set(changed.data?.map(({ document }) => document.id))
  const unarchive = useMutation({
    mutationFn: (id: string) => api.setStatus(id, 'draft'),
    onSuccess: () => {
      for (const queryKey of [documentsKey, pagesKey]) void queries.invalidateQueries({ queryKey })
    },
  })
  const items = documents.data?.pages.flatMap((page) => page.items) ?? []
  const nameOf = (account: string | null | undefined) => members.data?.find(({ account_id }) => account_id === account)?.name
  const { sort: _, ...narrowing } = filter
  const failure = documents.error ?? unarchive.error
  return (
    <main className="list">
      <PageHeader title={TITLES[view]}>
        <label className="search">
          <span className="visually-hidden">{t.searchDocuments}</span>
          <input type="search" placeholder={t.searchDocuments} value={filter.q ?? ''} onChange={(event) => change('q', event.target.value)} />
        </label>
        {view === 'all' && mayCreateDocuments(me.role) && <NewDocument me={me} />}
      </PageHeader>
      <Views />
      <Filters me={me.account_id} filter={filter} onChange={change} isArchive={view === 'archive'} />
      {failure && <div role="alert" className="notice">{failure.message}</div>}
      {documents.isSuccess && items.length === 0 && <div className="empty">{Object.keys(narrowing).length > 0 ? noMatch(filter.q) : view === 'all' && !mayCreateDocuments(me.role) ? t.documentsSharedWithYouWill : EMPTY[view]}</div>}
      {items.length > 0 && (
        <ul aria-label={TITLES[view]}>
          {items.map((document) => (
            <DocumentEntry key={document.id} document={document} owner={nameOf(document.created_by)} isUnread={unread.has(document.id)}>
              {view === 'archive' && (
                <button type="button" className="button" disabled={unarchive.isPending} onClick={() => unarchive.mutate(document.id)}>
                  <ArchiveRestore size={16} strokeWidth={1.75} />{t.unarchive}
                </button>
              )}
            </DocumentEntry>
          ))}
        </ul>
      )}
      {documents.hasNextPage && <button type="button" className="button" onClick={() => documents.fetchNextPage()}>{t.more}</button>}
    </main>
  )
}

const noMatch = (q: string | undefined): string => (q ? t.noDocumentsMatchQuery({ query: q }) : t.noDocumentsMatch)
