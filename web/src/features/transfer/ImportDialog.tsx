// Imports files as pages: uploads and reads them, shows a preview, and imports them, with a report and an undo.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { useLive } from '../../sync/refetch'
import { onItsWay } from '../files'
import { FileChooser } from './FileChooser'
import { PlannedTree } from './PlannedTree'
import { Report } from './Report'
import { type Chosen, type Import, type Place, api, sendFiles } from './api'
import { t } from './messages'
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
        <h2 id="import-title">{name === null ? t.yourImport : t.importInto({ name })}</h2>
        {failure && <div role="alert" className="notice">{failure.message}</div>}
        {!id && !upload.isPending && (
          <>
            <FileChooser onChosen={upload.mutate} />
            <div className="row"><button type="button" className="button" onClick={stop}>{t.cancel}</button></div>
          </>
        )}
        {upload.isPending && <Waiting label={t.uploading} share={share} onStop={stop} />}
        {now === 'reading' && <Waiting label={t.readingTheFiles} view={view.data} onStop={stop} />}
        {now === 'importing' && <Waiting label={t.importing} view={view.data} onStop={stop} />}
        {view.data && now === 'checked' && (
          <>
            <p>{t.nothingImportedYet({ what: whatItIs(view.data.found), pages: pagesName(view.data.total) })}</p>
            <PlannedTree view={view.data} />
            <Report view={view.data} />
            <div className="row">
              <button type="button" className="button primary" disabled={start.isPending} onClick={() => id && start.mutate(id)}>{t.importPages({ count: view.data.total })}</button>
              <button type="button" className="button" onClick={stop}>{t.cancel}</button>
            </div>
          </>
        )}
        {view.data && now === 'done' && <Done view={view.data} isUndoing={undo.isPending} problem={undo.error} onUndo={(edited) => id && undo.mutate({ undone: id, edited })} onClose={close} />}
        {view.data && now === 'undone' && (
          <>
            <p>{t.thePagesOfThisImport}</p>
            <div className="row"><button type="button" className="button primary" onClick={close}>{t.close}</button></div>
          </>
        )}
        {view.data && now === 'failed' && (
          <>
            <div role="alert" className="notice">{t.nothingWasImported({ reason: view.data.detail || t.theImportWasCanceled })}</div>
            <div className="row">
              <button type="button" className="button primary" onClick={again}>{t.chooseOtherFiles}</button>
              <button type="button" className="button" onClick={close}>{t.close}</button>
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
      <label className="import-progress">{label}{isCounted && ` ${t.doneOfPages({ done: view.done, count: view.total })}`}<progress value={isCounted ? view.done / view.total : share} /></label>
      <div className="row"><button type="button" className="button" onClick={onStop}>{t.cancelImport}</button></div>
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
      <p>{t.pagesImported({ count: view.total })}</p>
      <Report view={view} />
      {problem && <div role="alert" className="notice">{problem.message}</div>}
      {asks && edited.length > 0 && (
        <div className="notice warn">
          {(edited.length > 5 ? t.pagesChangedAndOthers : t.pagesChanged)({ count: edited.length, titles: edited.slice(0, 5).map((page) => t.quoted({ title: page.title })).join(', ') })}
          <div className="row">
            <button type="button" className="button" disabled={isUndoing} onClick={() => onUndo('keep')}>{t.keepChangedPages}</button>
            <button type="button" className="button danger" disabled={isUndoing} onClick={() => onUndo('trash')}>{t.moveAllToTheTrash}</button>
          </div>
        </div>
      )}
      <div className="row">
        <button type="button" className="button primary" onClick={onClose}>{t.done}</button>
        <button type="button" className="button" disabled={isUndoing} onClick={() => (edited.length > 0 ? ask(true) : onUndo())}>{t.undoImport}</button>
      </div>
    </>
  )
}
