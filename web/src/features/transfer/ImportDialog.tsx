// Imports files as pages: they are uploaded and read, shown as they would be, and imported, with a report and an undo.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { useLive } from '../../sync/refetch'
import { onItsWay } from '../files'
import { FileChooser } from './FileChooser'
import { PlannedTree } from './PlannedTree'
import { Report } from './Report'
import { type Chosen, type Import, type Place, api, sendFiles } from './api'
import { pagesName, stage, whatItIs } from './words'

interface Props {
  place: Place
  /** The name of the space or page that the pages go to; null for an import that was begun before. */
  name: string | null
  /** An import that was begun before. */
  begun?: string
  onClose: () => void
}

export function ImportDialog({ place, name, begun, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  const queries = useQueryClient()
  const [id, setId] = useState<string | null>(begun ?? null)
  const [share, setShare] = useState(0)
  const abort = useRef<AbortController | null>(null)
  useEffect(() => () => abort.current?.abort(), [])
  const queryKey = ['import', id]
  useLive('transfers', queryKey)
  const view = useQuery({ queryKey, queryFn: () => api.read(id ?? ''), enabled: id !== null })
  const follow = (changed: { id: string }) => queries.invalidateQueries({ queryKey: ['import', changed.id] })
  const upload = useMutation({
    mutationFn: async (chosen: Chosen[]) => {
      abort.current = new AbortController()
      const made = await api.create(place)
      await onItsWay(sendFiles(made.id, chosen, setShare, abort.current.signal))
      await api.start(made.id, true)
      return made.id
    },
    onSuccess: setId,
  })
  const start = useMutation({ mutationFn: (started: string) => api.start(started, false), onSuccess: follow })
  const undo = useMutation({ mutationFn: ({ undone, edited }: { undone: string; edited?: 'keep' | 'trash' }) => api.undo(undone, edited), onSuccess: (done) => queries.setQueryData(['import', done.id], done) })
  const cancel = useMutation({ mutationFn: api.cancel })
  const now = view.data && stage(view.data)
  const close = () => dialog.current?.close()
  const stop = () => {
    abort.current?.abort()
    if (id && now !== 'done' && now !== 'failed' && now !== 'undone') cancel.mutate(id)
    close()
  }
  const again = () => {
    setId(null)
    setShare(0)
    upload.reset()
  }
  const failure = upload.error ?? view.error ?? start.error ?? cancel.error
  return (
    <dialog ref={dialog} className="wide" onClose={onClose} onCancel={(event) => { event.preventDefault(); if (begun) close(); else stop() }} aria-labelledby="import-title">
      <div className="stack">
        <h2 id="import-title">{name === null ? 'Your import' : `Import into ${name}`}</h2>
        {failure && <div role="alert" className="notice">{failure.message}</div>}
        {!id && !upload.isPending && (
          <>
            <FileChooser onChosen={upload.mutate} />
            <div className="row"><button type="button" className="button" onClick={stop}>Cancel</button></div>
          </>
        )}
        {upload.isPending && <Waiting label="Uploading…" share={share} onStop={stop} />}
        {now === 'reading' && <Waiting label="Reading the files…" view={view.data} onStop={stop} />}
        {now === 'importing' && <Waiting label="Importing…" view={view.data} onStop={stop} />}
        {view.data && now === 'checked' && (
          <>
            <p>{whatItIs(view.data.found)}: {pagesName(view.data.total)}. Nothing has been imported yet.</p>
            <PlannedTree view={view.data} />
            <Report view={view.data} />
            <div className="row">
              <button type="button" className="button primary" disabled={start.isPending} onClick={() => id && start.mutate(id)}>Import {pagesName(view.data.total)}</button>
              <button type="button" className="button" onClick={stop}>Cancel</button>
            </div>
          </>
        )}
        {view.data && now === 'done' && <Done view={view.data} isUndoing={undo.isPending} problem={undo.error} onUndo={(edited) => id && undo.mutate({ undone: id, edited })} onClose={close} />}
        {view.data && now === 'undone' && (
          <>
            <p>The pages of this import are in the trash.</p>
            <div className="row"><button type="button" className="button primary" onClick={close}>Close</button></div>
          </>
        )}
        {view.data && now === 'failed' && (
          <>
            <div role="alert" className="notice">{view.data.detail || 'The import was canceled.'}. Nothing was imported.</div>
            <div className="row">
              <button type="button" className="button primary" onClick={again}>Choose other files</button>
              <button type="button" className="button" onClick={close}>Close</button>
            </div>
          </>
        )}
      </div>
    </dialog>
  )
}

function Waiting({ label, share, view, onStop }: { label: string; share?: number; view?: Import | undefined; onStop: () => void }) {
  const isCounted = view !== undefined && view.total > 0
  return (
    <>
      <label className="import-progress">{label}{isCounted && ` ${view.done} of ${pagesName(view.total)}`}<progress value={isCounted ? view.done / view.total : share} /></label>
      <div className="row"><button type="button" className="button" onClick={onStop}>Cancel import</button></div>
    </>
  )
}

interface DoneProps {
  view: Import
  isUndoing: boolean
  problem: Error | null
  onUndo: (edited?: 'keep' | 'trash') => void
  onClose: () => void
}

function Done({ view, isUndoing, problem, onUndo, onClose }: DoneProps) {
  const edited = view.pages.filter((page) => page.edited)
  const [asks, ask] = useState(false)
  return (
    <>
      <p>{pagesName(view.total)} imported.</p>
      <Report view={view} />
      {problem && <div role="alert" className="notice">{problem.message}</div>}
      {asks && edited.length > 0 && (
        <div className="notice warn">
          {edited.length === 1 ? 'One page was' : `${edited.length} pages were`} changed since the import: {edited.slice(0, 5).map((page) => `“${page.title}”`).join(', ')}{edited.length > 5 && ' and others'}.
          <div className="row">
            <button type="button" className="button" disabled={isUndoing} onClick={() => onUndo('keep')}>Keep changed pages</button>
            <button type="button" className="button danger" disabled={isUndoing} onClick={() => onUndo('trash')}>Move all to the trash</button>
          </div>
        </div>
      )}
      <div className="row">
        <button type="button" className="button primary" onClick={onClose}>Done</button>
        <button type="button" className="button" disabled={isUndoing} onClick={() => (edited.length > 0 ? ask(true) : onUndo())}>Undo import</button>
      </div>
    </>
  )
}
