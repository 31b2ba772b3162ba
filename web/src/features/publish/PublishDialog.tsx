// Puts a document or a space on the web, shows its address and counts, and takes it back.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Copy, ExternalLink } from 'lucide-react'
import { type FormEvent, useEffect, useRef } from 'react'
import { copyText } from '../../copy'
import { useLive } from '../../sync/refetch'
import { type Fields, type Kind, type Publication, api } from './api'

const icon = { size: 16, strokeWidth: 1.75 }

interface Props {
  kind: Kind
  id: string
  title: string
  onClose: () => void
}

export function PublishDialog({ kind, id, title, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  const queries = useQueryClient()
  const queryKey = ['publication', kind, id]
  useLive(kind === 'document' ? `document/${id}` : 'spaces', queryKey)
  const publication = useQuery({ queryKey, queryFn: () => api.publication(kind, id) })
  const put = useMutation({ mutationFn: (fields: Fields) => api.put(kind, id, fields), onSuccess: (made) => queries.setQueryData(queryKey, made) })
  const remove = useMutation({ mutationFn: () => api.remove(kind, id), onSuccess: () => queries.setQueryData(queryKey, null) })
  const failure = publication.error ?? put.error ?? remove.error
  const what = kind === 'document' ? 'the published version of this document' : 'the published pages of this space'
  return (
    <dialog ref={dialog} className="wide" onClose={onClose} aria-labelledby="publish-title">
      <div className="stack">
        <h2 id="publish-title">“{title}” on the web</h2>
        {failure && <div role="alert" className="notice">{failure.message}</div>}
        {publication.data === null && (
          <>
            <p>Anyone with the address will be able to read {what}, without signing in. Drafts and comments stay private.</p>
            <div className="row">
              <button type="button" className="button primary" disabled={put.isPending} onClick={() => put.mutate({})}>Put on the web</button>
              <button type="button" className="button" onClick={() => dialog.current?.close()}>Cancel</button>
            </div>
          </>
        )}
        {publication.data && (
          <OnTheWeb key={publication.data.updated_at} publication={publication.data} isSaving={put.isPending} onSave={put.mutate} onRemove={() => remove.mutate()} onClose={() => dialog.current?.close()} />
        )}
      </div>
    </dialog>
  )
}

interface OnTheWebProps {
  publication: Publication
  isSaving: boolean
  onSave: (fields: Fields) => void
  onRemove: () => void
  onClose: () => void
}

const number = new Intl.NumberFormat()

function OnTheWeb({ publication, isSaving, onSave, onRemove, onClose }: OnTheWebProps) {
  const save = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const read = (name: string) => String(form.get(name) ?? '').trim()
    onSave({
      slug: read('slug'), meta_title: read('meta_title'), description: read('description'), keywords: read('keywords'), canonical: read('canonical'), language: read('language'),
      robots: form.has('index') ? 'index' : 'noindex', asks_helpful: form.has('helpful'),
    })
  }
  const { views, helpful, not_helpful, pages } = publication
  return (
    <form className="stack" onSubmit={save}>
      <div className="row">
        <label className="field grow">Address<input readOnly value={publication.url} onFocus={(event) => event.currentTarget.select()} /></label>
        <button type="button" className="button" onClick={() => void copyText(publication.url)}><Copy {...icon} />Copy address</button>
        <a className="button" href={publication.url} target="_blank" rel="noreferrer"><ExternalLink {...icon} />View page</a>
      </div>
      {!publication.is_shown && <div className="notice warn">Visitors don't see it now: the document is archived, in the trash or confidential.</div>}
      <p className="hint">
        {pages !== undefined && pages !== null && `${number.format(pages)} ${pages === 1 ? 'page' : 'pages'} · `}{number.format(views)} {views === 1 ? 'view' : 'views'}
        {publication.asks_helpful && ` · helpful to ${number.format(helpful)}, not to ${number.format(not_helpful)}`}
      </p>
      <fieldset className="checks">
        <label><input type="checkbox" name="index" defaultChecked={publication.robots === 'index'} />Let search engines list it</label>
        <label><input type="checkbox" name="helpful" defaultChecked={publication.asks_helpful} />Ask readers “Was this helpful?”</label>
      </fieldset>
      <details>
        <summary>Search engines and previews</summary>
        <div className="stack">
          <label className="field">Words in the address<input name="slug" maxLength={100} defaultValue={publication.slug} /></label>
          <label className="field">Title<input name="meta_title" maxLength={300} placeholder="The title of the page" defaultValue={publication.meta_title} /></label>
          <label className="field">Description<input name="description" maxLength={500} placeholder="The beginning of the text" defaultValue={publication.description} /></label>
          <label className="field">Keywords<input name="keywords" maxLength={500} defaultValue={publication.keywords} /></label>
          <div className="row">
            <label className="field grow">Canonical address<input name="canonical" type="url" placeholder="https://…" defaultValue={publication.canonical} /></label>
            <label className="field">Language<input name="language" required minLength={2} maxLength={35} defaultValue={publication.language} /></label>
          </div>
        </div>
      </details>
      <div className="row">
        <button type="submit" className="button primary" disabled={isSaving}>Save</button>
        <button type="button" className="button" onClick={onClose}>Done</button>
        <button type="button" className="button danger" onClick={onRemove}>Take off the web</button>
      </div>
    </form>
  )
}
