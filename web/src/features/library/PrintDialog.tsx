// Downloads a page as a PDF or Word file: asks which text and what belongs to it, and waits until the server has made it.
import { useIsFetching, useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { date } from '../../dates'
import { fileName, saveFile } from '../../download'
import { type DocumentView, type PrintFormat, api } from './api'
import { t } from './messages'
import { documentKey } from './queries'

interface Props {
  document: DocumentView
  format: PrintFormat
  hasChildren: boolean
  onClose: () => void
}

// not a text: names of formats
const kinds = { pdf: 'PDF', docx: 'Word' }
/** Where paper is letter-sized. */
const paper = () => (/-(US|CA|MX|PH|CL|CO)$/.test(navigator.language) ? 'letter' : 'a4')

export function PrintDialog({ document, format, hasChildren, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  // The approved text is printed, unless somebody wants the current one.
  const queries = useQueryClient()
  const isRead = useIsFetching({ queryKey: documentKey(document.id) }) === 0
  useEffect(() => void queries.invalidateQueries({ queryKey: documentKey(document.id) }), [queries, document.id])
  const approved = document.approved?.changed_since ? document.approved : null
  const [wantsApproved, setApproved] = useState(true)
  const isApproved = approved !== null && wantsApproved
  const make = useMutation({
    mutationFn: (wish: { comments: boolean; suggestions: boolean; children: boolean; paper: 'a4' | 'letter'; revision?: string }) => api.print(document.id, { format, ...wish }),
    onSuccess: (file) => {
      saveFile(file, fileName(isApproved ? `${document.title} (${t.approvedInNames})` : document.title, format))
      dialog.current?.close()
    },
  })
  const download = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    make.mutate({ comments: form.has('comments'), suggestions: form.has('suggestions'), children: form.has('children'), paper: form.get('paper') === 'letter' ? 'letter' : 'a4', ...(isApproved && { revision: approved.revision_id }) })
  }
  return (
    <dialog ref={dialog} onClose={onClose} aria-labelledby="print-title">
      <form className="stack" onSubmit={download}>
        <h2 id="print-title">{t.downloadAsFormat({ format: kinds[format] })}</h2>
        {make.error && <div role="alert" className="notice">{make.error.message}</div>}
        {approved && (
          <fieldset className="choices" aria-label={t.whichText}>
            <label className="check"><input type="radio" name="text" checked={isApproved} onChange={() => setApproved(true)} /><span>{t.theApprovedText}<small>{t.approvedOnDate({ date: date(approved.approved_at) })}</small></span></label>
            <label className="check"><input type="radio" name="text" checked={!isApproved} onChange={() => setApproved(false)} /><span>{t.theCurrentText}<small>{t.withChangesNobodyApproved}</small></span></label>
          </fieldset>
        )}
        {!isApproved && (
          <fieldset className="checks" aria-label={t.whatBelongsToIt}>
            {hasChildren && <label><input type="checkbox" name="children" />{t.pagesBelowAsChapters}</label>}
            <label><input type="checkbox" name="comments" />{t.comments}</label>
            {format === 'docx' && <label><input type="checkbox" name="suggestions" />{t.suggestionsAsTrackedChanges}</label>}
          </fieldset>
        )}
        <label className="field">
          {t.paper}
          <select name="paper" defaultValue={paper()}>
            <option value="a4">A4</option>
            <option value="letter">{t.letter}</option>
          </select>
        </label>
        <div className="row">
          <button type="submit" className="button primary" disabled={make.isPending || !isRead}>{make.isPending ? t.preparing : t.download}</button>
          <button type="button" className="button" onClick={() => dialog.current?.close()}>{t.cancel}</button>
        </div>
      </form>
    </dialog>
  )
}
