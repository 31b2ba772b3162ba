// Exports a space or the workspace in the background, and offers the archive.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { useLive } from '../../sync/refetch'
import { sizeOf } from '../files'
import { type ExportWish, api } from './api'
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
        <h2 id="export-title">Export {name}</h2>
        {failure && <div role="alert" className="notice">{failure.message}</div>}
        {!id && (
          <>
            <p>You get a ZIP archive of Markdown files with images and files beside: every page that you can read.</p>
            <fieldset className="checks">
              <label><input type="checkbox" name="comments" />Include comments</label>
              <label><input type="checkbox" name="versions" />Include earlier versions</label>
            </fieldset>
            <div className="row">
              <button type="submit" className="button primary" disabled={start.isPending}>Start export</button>
              <button type="button" className="button" onClick={close}>Cancel</button>
            </div>
          </>
        )}
        {view.data && !isDone && !isFailed && (
          <>
            <label className="import-progress">Exporting…{view.data.total > 0 && ` ${view.data.done} of ${pagesName(view.data.total)}`}<progress value={view.data.total > 0 ? view.data.done / view.data.total : undefined} /></label>
            <div className="row"><button type="button" className="button" onClick={stop}>Cancel export</button></div>
          </>
        )}
        {view.data && isDone && (
          <>
            <p>{pagesName(view.data.total)}, {sizeOf(view.data.bytes)}. The archive can be downloaded for a day.</p>
            <div className="row">
              <a className="button primary" href={`/api/v1/exports/${view.data.id}/file`} download><Download {...icon} />Download</a>
              <button type="button" className="button" onClick={close}>Close</button>
            </div>
          </>
        )}
        {view.data && isFailed && (
          <>
            <div role="alert" className="notice">{view.data.detail}.</div>
            <div className="row"><button type="button" className="button" onClick={close}>Close</button></div>
          </>
        )}
      </form>
    </dialog>
  )
}
