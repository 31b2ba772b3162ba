// The trash: what is in it, since when and by whom, until when, and the way back.
import { useInfiniteQuery } from '@tanstack/react-query'
import { Eye, RotateCcw, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { PageHeader } from '../../../elements/PageHeader'
import { date, dateTime } from '../../../dates'
import { useLive } from '../../../sync/refetch'
import { type TrashedDocument, api } from '../api'
import { t } from '../messages'
import { documentsKey, useRestore } from '../queries'
import { PageIcon } from '../tree/PageIcon'
import { PurgeDialog } from './PurgeDialog'
import { TrashedText } from './TrashedText'

const icon = { size: 16, strokeWidth: 1.75 }
const trashKey = [...documentsKey, 'trash']

export function TrashPage() {
  useLive('documents', trashKey)
  const [dialog, show] = useState<{ kind: 'text' | 'purge'; trashed: TrashedDocument } | null>(null)
  const trash = useInfiniteQuery({
    queryKey: trashKey,
    queryFn: ({ pageParam }) => api.trashed(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  })
  const restore = useRestore()
  const items = trash.data?.pages.flatMap((page) => page.items) ?? []
  const failure = trash.error ?? restore.error
  return (
    <main className="list">
      <PageHeader title={t.trash} />
      {failure && <div role="alert" className="notice">{failure.message}</div>}
      {trash.isSuccess && items.length === 0 && <div className="empty">{t.theTrashIsEmpty}</div>}
      {items.length > 0 && (
        <ul aria-label={t.trash}>
          {items.map((trashed) => (
            <li key={trashed.document.id} className="entry">
              <PageIcon icon={trashed.document.icon} kind="page" />
              <div className="about">
                <strong>{trashed.document.title}</strong>
                <small>{since(trashed)}</small>
                <small>{trashed.purged_at ? t.willBeDeletedForeverOn({ date: date(trashed.purged_at) }) : t.staysHereUntilSomeone}</small>
              </div>
              <div className="acts">
                <button type="button" className="button" onClick={() => show({ kind: 'text', trashed })}><Eye {...icon} />{t.open}</button>
                <button type="button" className="button" disabled={restore.isPending} onClick={() => restore.mutate(trashed.document.id)}><RotateCcw {...icon} />{t.restore}</button>
                <button type="button" className="button danger" onClick={() => show({ kind: 'purge', trashed })}><Trash2 {...icon} />{t.deleteForever}</button>
              </div>
            </li>
          ))}
        </ul>
      )}
      {trash.hasNextPage && <button type="button" className="button" onClick={() => trash.fetchNextPage()}>{t.more}</button>}
      {dialog?.kind === 'text' && <TrashedText trashed={dialog.trashed} onClose={() => show(null)} />}
      {dialog?.kind === 'purge' && <PurgeDialog trashed={dialog.trashed} onClose={() => show(null)} />}
    </main>
  )
}

/** Since when it is there, by whom, and with how many pages below it. */
function since({ document, trashed_by, pages }: TrashedDocument): string {
  const at = document.trashed_at ? dateTime(document.trashed_at) : ''
  const moved = trashed_by ? t.movedHereBy({ name: trashed_by.name }) : t.movedHere
  return pages > 0 ? `${moved}, ${t.withPagesBelowIt({ count: pages })}: ${at}` : `${moved}: ${at}`
}
