// A person's imports and exports: what is under way, what came of it, and undoing or downloading it.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import { Suspense, lazy, useState } from 'react'
import { dateTime } from '../../dates'
import { PageHeader } from '../../elements/PageHeader'
import { useLive } from '../../sync/refetch'
import { sizeOf } from '../files'
import { type ExportItem, type ImportItem, api } from './api'
import { exportState, importState, pagesName, sourceName } from './words'

const ImportDialog = lazy(() => import('./ImportDialog').then((module) => ({ default: module.ImportDialog })))
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
      <PageHeader title="Imports and exports" />
      {failure && <div role="alert" className="notice">{failure.message}</div>}
      <section className="card">
        <h2>Your imports</h2>
        {imports.data?.items.length === 0 && <p className="hint">You have imported nothing yet. “Import” on the home page or the page of a space turns files of other programs into pages.</p>}
        <ul className="shares" aria-label="Imports">
          {imports.data?.items.map((one) => (
            <li key={one.id}>
              <span className="who">
                {sourceName(one.found || one.kind)}
                <small>{dateTime(one.created_at)} · {importState(one)}</small>
              </span>
              <button type="button" className="button" onClick={() => open(one)} aria-label={`Open the import of ${dateTime(one.created_at)}`}>{one.state === 'done' ? 'View or undo' : 'View'}</button>
            </li>
          ))}
        </ul>
      </section>
      <section className="card">
        <h2>Your exports</h2>
        {exports.data?.items.length === 0 && <p className="hint">No exports. An archive can be downloaded for a day after it was made.</p>}
        <ul className="shares" aria-label="Exports">
          {exports.data?.items.map((one) => <Exported key={one.id} one={one} isRemoving={remove.isPending} onRemove={() => remove.mutate(one.id)} />)}
        </ul>
      </section>
      {opened && <Suspense fallback={null}><ImportDialog begun={opened.id} place={{}} name={null} onClose={() => open(null)} /></Suspense>}
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
      {isDone && <a className="button" href={`/api/v1/exports/${one.id}/file`} download aria-label={`Download ${one.title}`}><Download {...icon} />Download</a>}
      <button type="button" className="button" disabled={isRemoving} onClick={onRemove} aria-label={`Remove the export of ${one.title}`}>{isDone || one.state === 'failed' ? 'Remove' : 'Cancel'}</button>
    </li>
  )
}
