// A person's imports and exports: their progress, their results, and undoing or downloading them.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import { useState } from 'react'
import { dateTime } from '../../dates'
import { PageHeader } from '../../elements/PageHeader'
import { useLive } from '../../sync/refetch'
import { sizeOf } from '../files'
import { type ExportItem, type ImportItem, api } from './api'
import { ImportDialog } from './dialogs'
import { t } from './messages'
import { exportState, importState, pagesName, sourceName } from './words'

const icon = { size: 16, strokeWidth: 1.75 }

export function TransfersPage() {
  const queries = useQueryClient()
  const [opened, open] = useState<ImportItem | null>(null)
  useLive('transfers', ['transfers'])
  const imports = useQuery({ queryKey: ['transfers', 'imports'], queryFn: api.imports })
  const exports = useQuery({ queryKey: ['transfers', 'exports'], queryFn: api.exports })
  const remove = useMutation({ mutationFn: api.removeExport, onSuccess: () => queries.invalidateQueries({ queryKey: ['transfers'] }) })
  const failure = imports.error ?? exports.error ?? remove.error
  return (
    <main className="list">
      <PageHeader title={t.importsAndExports} />
      {failure && <div role="alert" className="notice">{failure.message}</div>}
      <section className="card">
        <h2>{t.yourImports}</h2>
        {imports.data?.items.length === 0 && <p className="hint">{t.youHaveImportedNothingYet}</p>}
        <ul className="shares" aria-label={t.imports}>
          {imports.data?.items.map((one) => (
            <li key={one.id}>
              <span className="who">
                {sourceName(one.found || one.kind)}
                <small>{dateTime(one.created_at)} · {importState(one)}</small>
              </span>
              <button type="button" className="button" onClick={() => open(one)} aria-label={t.openTheImportOf({ date: dateTime(one.created_at) })}>{one.state === 'done' ? t.viewOrUndo : t.view}</button>
            </li>
          ))}
        </ul>
      </section>
      <section className="card">
        <h2>{t.yourExports}</h2>
        {exports.data?.items.length === 0 && <p className="hint">{t.noExportsAnArchiveCan}</p>}
        <ul className="shares" aria-label={t.exports}>
          {exports.data?.items.map((one) => <Exported key={one.id} one={one} isRemoving={remove.isPending} onRemove={() => remove.mutate(one.id)} />)}
        </ul>
      </section>
      {opened && <ImportDialog begun={opened.id} place={{}} name={null} onClose={() => open(null)} />}
    </main>
  )
}

function Exported({ one, isRemoving, onRemove }: { one: ExportItem; isRemoving: boolean; onRemove: () => void }) {
  const isDone = one.state === 'done'
  return (
    <li>
      <span className="who">
        {one.title}
        <small>{dateTime(one.created_at)} · {exportState(one)}{isDone && ` · ${pagesName(one.total)}, ${sizeOf(one.bytes)}`}</small>
      </span>
      {isDone && <a className="button" href={`/api/v1/exports/${one.id}/file`} download aria-label={t.downloadTitle({ title: one.title })}><Download {...icon} />{t.download}</a>}
      <button type="button" className="button" disabled={isRemoving} onClick={onRemove} aria-label={t.removeTheExportOf({ title: one.title })}>{isDone || one.state === 'failed' ? t.remove : t.cancel}</button>
    </li>
  )
}
