// The files of a document: downloaded, added and removed. Images and files in the text are among them.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Download, Trash2, Upload } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { dateTime } from '../../dates'
import { useLive } from '../../sync/refetch'
import { type AttachmentView, api } from './api'
import { t } from './messages'
import { sizeOf } from './size'
import { uploadFile } from './upload'

const icon = { size: 16, strokeWidth: 1.75 }

interface Props {
  document: string
  title: string
  mayEdit: boolean
  onClose: () => void
}

export function FilesDialog({ document, title, mayEdit, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  const queries = useQueryClient()
  const queryKey = ['files', document]
  useLive(`document/${document}`, queryKey)
  const files = useQuery({ queryKey, queryFn: () => api.attachments(document) })
  const done = { onSettled: () => void queries.invalidateQueries({ queryKey }) }
  const add = useMutation({ mutationFn: (file: File) => uploadFile(document, file, { inText: false, onProgress: () => undefined, signal: new AbortController().signal }), ...done })
  const remove = useMutation({ mutationFn: (attachment: string) => api.remove(document, attachment), ...done })
  const failure = files.error ?? add.error ?? remove.error
  const items = files.data ?? []
  return (
    <dialog ref={dialog} className="wide" onClose={onClose} aria-labelledby="files-title">
      <div className="stack">
        <h2 id="files-title">{t.filesOfTitle({ title })}</h2>
        {failure && <div role="alert" className="notice">{failure.message}</div>}
        {files.isSuccess && items.length === 0 && <p className="hint">{t.noFilesYet}</p>}
        <ul className="shares">
          {items.map((file) => <Row key={file.id} document={document} file={file} onRemove={mayEdit ? () => remove.mutate(file.id) : undefined} />)}
        </ul>
        <div className="row">
          {mayEdit && (
            <label className="button primary">
              <Upload {...icon} />{add.isPending ? t.uploading : t.addAFile}
              <input type="file" className="visually-hidden" disabled={add.isPending} onChange={({ target }) => {
                const [file] = target.files ?? []
                if (file) add.mutate(file)
                target.value = ''
              }} />
            </label>
          )}
          <button type="button" className="button" onClick={() => dialog.current?.close()}>{t.done}</button>
        </div>
      </div>
    </dialog>
  )
}

function Row({ document, file, onRemove }: { document: string; file: AttachmentView; onRemove: (() => void) | undefined }) {
  return (
    <li>
      <span className="who">
        {file.name}
        <small className="hint"> {[sizeOf(file.bytes), dateTime(file.uploaded_at), ...(file.in_text ? [t.inTheText] : [])].join(' · ')}</small>
      </span>
      <a className="button quiet" href={`/api/v1/documents/${document}/attachments/${file.id}/content`} download={file.name} aria-label={t.downloadName({ name: file.name })} title={t.downloadName({ name: file.name })}><Download {...icon} /></a>
      {onRemove && <button type="button" className="button quiet" aria-label={t.removeName({ name: file.name })} title={t.removeName({ name: file.name })} onClick={onRemove}><Trash2 {...icon} /></button>}
    </li>
  )
}
