// Downloads a page as a PDF or Word file: asks what belongs to it, and waits until the server has made it.
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useEffect, useRef } from 'react'
import { fileName, saveFile } from '../../download'
import { type DocumentView, type PrintFormat, api } from './api'

interface Props {
  document: DocumentView
  format: PrintFormat
  hasChildren: boolean
  onClose: () => void
}

const kinds = { pdf: 'PDF', docx: 'Word' }
/** Where paper is letter-sized. */
const paper = () => (/-(US|CA|MX|PH|CL|CO)$/.test(navigator.language) ? 'letter' : 'a4')

export function PrintDialog({ document, format, hasChildren, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  const make = useMutation({
    mutationFn: (wish: { comments: boolean; children: boolean; paper: 'a4' | 'letter' }) => api.print(document.id, { format, ...wish }),
    onSuccess: (file) => {
      saveFile(file, fileName(document.title, format))
      dialog.current?.close()
    },
  })
  const download = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    make.mutate({ comments: form.has('comments'), children: form.has('children'), paper: form.get('paper') === 'letter' ? 'letter' : 'a4' })
  }
  return (
    <dialog ref={dialog} onClose={onClose} aria-labelledby="print-title">
      <form className="stack" onSubmit={download}>
        <h2 id="print-title">Download as {kinds[format]}</h2>
        {make.error && <div role="alert" className="notice">{make.error.message}</div>}
        <fieldset className="checks" aria-label="What belongs to it">
          {hasChildren && <label><input type="checkbox" name="children" />Pages below, as chapters</label>}
          <label><input type="checkbox" name="comments" />Comments</label>
        </fieldset>
        <label className="field">
          Paper
          <select name="paper" defaultValue={paper()}>
            <option value="a4">A4</option>
            <option value="letter">Letter</option>
          </select>
        </label>
        <div className="row">
          <button type="submit" className="button primary" disabled={make.isPending}>{make.isPending ? 'Preparing…' : 'Download'}</button>
          <button type="button" className="button" onClick={() => dialog.current?.close()}>Cancel</button>
        </div>
      </form>
    </dialog>
  )
}
