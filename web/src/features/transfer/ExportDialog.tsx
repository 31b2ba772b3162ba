// Exports a space or the workspace in the background, and offers the archive.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { useLive } from '../../sync/refetch'
import { sizeOf } from '../files'
import { type ExportWish, api } from './api'
import { t } from './messages'
import { pagesName } from './words'

const icon = { size: 16, strokeWidth: 1.75 }

interface Props {
  /** Nothing for the whole workspace. */
  of: Pick<ExportWish, 'space' | 'document'>
  name: string
  onClose: () => void
}

export function ExportDialog({ of, name, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  const queries = useQueryClient()
  const [id, setId] = useState<string | null>(null)
  const queryKey = ['export', id]
  useLive('transfers', queryKey)
  const view = useQuery({ queryKey, queryFn: () => api.export(id ?? ''), enabled: id !== null })
  const start = useMutation({ mutationFn: (wish: ExportWish) => api.startExport(wish), onSuccess: (begun) => {
    queries.setQueryData(['export', begun.id], begun)
    setId(begun.id)
  } })
  const remove = useMutation({ mutationFn: api.removeExport })
  const isDone = view.data?.state === 'done'
  const isFailed = view.data?.state === 'failed'
  const close = () => dialog.current?.close()
  const stop = () => {
    if (id && !isDone) remove.mutate(id)
    close()
  }
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    start.mutate({ ...of, comments: form.has('comments'), revisions: form.has('versions') })
  }
  const failure = start.error ?? view.error
  return (
    <dialog ref={dialog} onClose={onClose} onCancel={(event) => { event.preventDefault(); stop() }} aria-labelledby="export-title">
      <form className="stack" onSubmit={submit}>
        <h2 id="export-title">{t.exportName({ name })}</h2>
        {failure && <div role="alert" className="notice">{failure.message}</div>}
        {!id && (
          <>
            <p>{t.youGetAZipArchive}</p>
            <fieldset className="checks">
              <label><input type="checkbox" name="comments" />{t.includeComments}</label>
              <label><input type="checkbox" name="versions" />{t.includeEarlierVersions}</label>
            </fieldset>
            <div className="row">
              <button type="submit" className="button primary" disabled={start.isPending}>{t.startExport}</button>
              <button type="button" className="button" onClick={close}>{t.cancel}</button>
            </div>
          </>
        )}
        {view.data && !isDone && !isFailed && (
          <>
            <label className="import-progress">{t.exporting}{view.data.total > 0 && ` ${t.doneOfPages({ done: view.data.done, count: view.data.total })}`}<progress value={view.data.total > 0 ? view.data.done / view.data.total : undefined} /></label>
            <div className="row"><button type="button" className="button" onClick={stop}>{t.cancelExport}</button></div>
          </>
        )}
        {view.data && isDone && (
          <>
            <p>{t.archiveReady({ pages: pagesName(view.data.total), size: sizeOf(view.data.bytes) })}</p>
            <div className="row">
              <a className="button primary" href={`/api/v1/exports/${view.data.id}/file`} download><Download {...icon} />{t.download}</a>
              <button type="button" className="button" onClick={close}>{t.close}</button>
            </div>
          </>
        )}
        {view.data && isFailed && (
          <>
            <div role="alert" className="notice">{view.data.detail}.</div>
            <div className="row"><button type="button" className="button" onClick={close}>{t.close}</button></div>
          </>
        )}
      </form>
    </dialog>
  )
}
