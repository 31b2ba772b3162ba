// Puts a document or a space on the web, shows its address and counts, and takes it back.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Copy, ExternalLink } from 'lucide-react'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { copyText } from '../../copy'
import { ConfirmDialog } from '../../elements/ConfirmDialog'
import { useLive } from '../../sync/refetch'
import { type Fields, type Kind, type Publication, api } from './api'
import { t } from './messages'

const icon = { size: 16, strokeWidth: 1.75 }

interface Props {
  kind: Kind
  id: string
  title: string
  /** The status of a document. */
  status?: string
  /** Makes the approved text of a document its published one. */
  onPublish?: () => Promise<unknown>
  /** Whether a version of a document was approved, now or before. */
  hasApproved?: boolean
  onClose: () => void
}

export function PublishDialog({ kind, id, title, status, hasApproved = false, onPublish, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  const queries = useQueryClient()
  const queryKey = ['publication', kind, id]
  useLive(kind === 'document' ? `document/${id}` : 'spaces', queryKey)
  const publication = useQuery({ queryKey, queryFn: () => api.publication(kind, id) })
  // An approved document can go on the web at once: this publishes it first.
  const isApproved = status === 'approved'
  const isTooEarly = (status === 'draft' || status === 'review') && !hasApproved
  const put = useMutation({
    mutationFn: async (fields: Fields) => {
      if (isApproved && publication.data === null) await onPublish?.()
      return api.put(kind, id, fields)
    },
    onSuccess: (made) => queries.setQueryData(queryKey, made),
  })
  const remove = useMutation({ mutationFn: () => api.remove(kind, id), onSuccess: () => queries.setQueryData(queryKey, null) })
  const failure = publication.error ?? put.error ?? remove.error
  const hint = kind === 'document' ? t.anyoneCanReadDocument : t.anyoneCanReadSpace
  return (
    // The close event of the confirmation dialog inside arrives here too.
    <dialog ref={dialog} className="wide" onClose={(event) => event.target === event.currentTarget && onClose()} aria-labelledby="publish-title">
      <div className="stack">
        <h2 id="publish-title">{t.onTheWeb({ title })}</h2>
        {failure && <div role="alert" className="notice">{failure.message}</div>}
        {publication.data === null && (
          <>
            {remove.isSuccess && <p role="status" className="notice">{t.itIsOffTheWeb}</p>}
            <p>{hint}</p>
            {isApproved && <p>{t.theApprovedTextIsPublished}</p>}
            {isTooEarly && <p className="notice warn">{t.onlyApprovedTextCanBeOnTheWeb}</p>}
            <div className="row">
              <button type="button" className="button primary" disabled={put.isPending || isTooEarly} onClick={() => put.mutate({})}>{isApproved ? t.publishAndPutOnTheWeb : t.putOnTheWeb}</button>
              <button type="button" className="button" onClick={() => dialog.current?.close()}>{t.cancel}</button>
            </div>
          </>
        )}
        {publication.data && (
          <OnTheWeb key={publication.data.updated_at} publication={publication.data} isSaving={put.isPending} onSave={put.mutateAsync} onRemove={() => remove.mutate()} onClose={() => dialog.current?.close()} />
        )}
      </div>
    </dialog>
  )
}

interface OnTheWebProps {
  publication: Publication
  isSaving: boolean
  onSave: (fields: Fields) => Promise<unknown>
  onRemove: () => void
  onClose: () => void
}

function OnTheWeb({ publication, isSaving, onSave, onRemove, onClose }: OnTheWebProps) {
  const [asks, ask] = useState(false)
  const save = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const wanted = wantedBy(event.currentTarget)
    const isDone = (event.nativeEvent as SubmitEvent).submitter?.getAttribute('name') === 'done'
    if (isDone && !isChanged(publication, wanted)) return onClose()
    // A failure is shown above, and what was entered stays.
    void onSave(wanted).then(() => isDone && onClose(), () => undefined)
  }
  const { views, helpful, not_helpful, pages } = publication
  return (
    <form className="stack" onSubmit={save}>
      <div className="row">
        <label className="field grow">{t.address}<input readOnly value={publication.url} onFocus={(event) => event.currentTarget.select()} /></label>
        <button type="button" className="button" onClick={() => void copyText(publication.url)}><Copy {...icon} />{t.copyAddress}</button>
        <a className="button" href={publication.url} target="_blank" rel="noreferrer"><ExternalLink {...icon} />{t.viewPage}</a>
      </div>
      {!publication.is_shown && <div className="notice warn">{t.visitorsDontSeeItNow}</div>}
      <p className="hint">
        {pages !== undefined && pages !== null && `${t.pagesCount({ count: pages })} · `}{t.viewsCount({ count: views })}
        {publication.asks_helpful && ` · ${t.helpfulTo({ helpful, unhelpful: not_helpful })}`}
      </p>
      <fieldset className="checks">
        <label><input type="checkbox" name="index" defaultChecked={publication.robots === 'index'} />{t.letSearchEnginesListIt}</label>
        <label><input type="checkbox" name="helpful" defaultChecked={publication.asks_helpful} />{t.askReadersWasThisHelpful}</label>
      </fieldset>
      <details>
        <summary>{t.searchEnginesAndPreviews}</summary>
        <div className="stack">
          <label className="field">{t.wordsInTheAddress}<input name="slug" maxLength={100} defaultValue={publication.slug} /></label>
          <label className="field">{t.title}<input name="meta_title" maxLength={300} placeholder={t.theTitleOfThePage} defaultValue={publication.meta_title} /></label>
          <label className="field">{t.description}<input name="description" maxLength={500} placeholder={t.theBeginningOfTheText} defaultValue={publication.description} /></label>
          <label className="field">{t.keywords}<input name="keywords" maxLength={500} defaultValue={publication.keywords} /></label>
          <div className="row">
            <label className="field grow">{t.canonicalAddress}<input name="canonical" type="url" placeholder="https://…" defaultValue={publication.canonical} /></label>
            <label className="field">{t.language}<input name="language" required minLength={2} maxLength={35} defaultValue={publication.language} /></label>
          </div>
        </div>
      </details>
      <div className="row">
        <button type="submit" className="button primary" disabled={isSaving}>{t.save}</button>
        <button type="submit" name="done" className="button" disabled={isSaving}>{t.done}</button>
        <button type="button" className="button danger" onClick={() => ask(true)}>{t.takeOffTheWeb}</button>
      </div>
      {asks && <ConfirmDialog title={t.takeItOffTheWeb} action={t.takeOffTheWeb} onConfirm={onRemove} onClose={() => ask(false)}>{t.itsAddressStopsWorking}</ConfirmDialog>}
    </form>
  )
}

function wantedBy(element: HTMLFormElement): Required<Fields> {
  const form = new FormData(element)
  const read = (name: string) => String(form.get(name) ?? '').trim()
  return {
    slug: read('slug'), meta_title: read('meta_title'), description: read('description'), keywords: read('keywords'), canonical: read('canonical'), language: read('language'),
    robots: form.has('index') ? 'index' : 'noindex', asks_helpful: form.has('helpful'),
  }
}

const isChanged = (publication: Publication, wanted: Required<Fields>) => (Object.keys(wanted) as (keyof Fields)[]).some((name) => publication[name] !== wanted[name])
