// The states of a document that were kept: by day, with who wrote and how much; named, looked at, brought back.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { RotateCcw, Undo2, X } from 'lucide-react'
import { type CSSProperties, type FormEvent, useState } from 'react'
import { type Revision, type Right, api } from '../../api'

export const revisionsKey = (id: string) => ['revisions', id]

interface Props {
  document: string
  right: Right
  /** The revision that is looked at. */
  selected: Revision | null
  onSelect: (revision: Revision | null) => void
  onClose: () => void
}

const KIND: Record<string, string> = {
  automatic: '', named: '', submitted: 'Submitted for approval', 'before-restore': 'Before a restore', restored: 'Restored', undone: 'A restore was taken back',
}
const day = (at: string) => new Date(at).toLocaleDateString([], { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' })
const time = (at: string) => new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })

/** What a person calls a revision. */
export const titleOf = ({ name, kind, created_at }: Revision): string => name || KIND[kind] || time(created_at)

export function HistoryPanel({ document, right, selected, onSelect, onClose }: Props) {
  const queries = useQueryClient()
  const revisions = useQuery({ queryKey: revisionsKey(document), queryFn: () => api.revisions(document) })
  const again = () => queries.invalidateQueries({ queryKey: revisionsKey(document) })
  const [naming, setNaming] = useState(false)
  const keep = useMutation({ mutationFn: (name: string) => api.newRevision(document, name), onSuccess: again })
  const rename = useMutation({
    mutationFn: (wish: { revision: string; name: string }) => api.nameRevision(document, wish.revision, wish.name),
    onSuccess: () => {
      setNaming(false)
      return again()
    },
  })
  const settled = async () => {
    onSelect(null)
    await again()
  }
  const restore = useMutation({ mutationFn: (revision: string) => api.restoreRevision(document, revision), onSuccess: settled })
  const undo = useMutation({ mutationFn: (revision: string) => api.undoRestore(document, revision), onSuccess: settled })
  const mayEdit = right === 'edit' || right === 'approve' || right === 'admin'
  const failure = revisions.error ?? keep.error ?? rename.error ?? restore.error ?? undo.error
  const submit = (act: (name: string) => void) => (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const name = String(new FormData(event.currentTarget).get('name') ?? '').trim()
    if (name) act(name)
    event.currentTarget.reset()
  }
  const days = [...group(revisions.data ?? [])]
  return (
    <aside className="panel" aria-label="History">
      <div className="row">
        <h2>History</h2>
        <button type="button" className="button quiet" aria-label="Close the history" onClick={onClose}><X size={16} strokeWidth={1.75} /></button>
      </div>
      {mayEdit && (
        <form className="row" onSubmit={submit((name) => keep.mutate(name))}>
          <label className="field grow">Keep the text as it is now, as<input name="name" required maxLength={200} placeholder="As sent to the board" /></label>
          <button type="submit" className="button" disabled={keep.isPending}>Keep it</button>
        </form>
      )}
      {failure && <p role="alert" className="notice">{failure.message}</p>}
      {restore.data && !restore.error && (
        <p role="status" className="notice warn">
          Restored; what stood there is kept below.{' '}
          <button type="button" className="button" disabled={undo.isPending} onClick={() => undo.mutate(restore.data.revision_id, { onSuccess: () => restore.reset() })}>
            <Undo2 size={16} strokeWidth={1.75} />Take it back
          </button>
        </p>
      )}
      {revisions.data?.length === 0 && <p className="hint">Nothing is kept yet. A revision is kept when everybody has stopped typing for a while.</p>}
      {days.map(([name, those]) => (
        <section key={name} className="stack">
          <h3>{name}</h3>
          <ul className="plain threads">
            {those.map((revision) => {
              const isSelected = revision.revision_id === selected?.revision_id
              return (
                <li key={revision.revision_id} className={`thread${isSelected ? ' active' : ''}`}>
                  <button type="button" className="pick" aria-pressed={isSelected} onClick={() => onSelect(isSelected ? null : revision)}>
                    <strong>{titleOf(revision)}</strong>
                    <span className="by">
                      {revision.authors.map(({ id, name, color }) => (
                        <span key={id} className="avatar" title={name} style={{ '--person': color } as CSSProperties}>{name.slice(0, 1)}<span className="visually-hidden">{name}</span></span>
                      ))}
                      <small>
                        {titleOf(revision) !== time(revision.created_at) && `${time(revision.created_at)} · `}
                        +{revision.words_added} −{revision.words_removed} words
                      </small>
                    </span>
                  </button>
                  {isSelected && mayEdit && (
                    naming ? (
                      <form className="row" onSubmit={submit((name) => rename.mutate({ revision: revision.revision_id, name }))}>
                        {/* biome-ignore lint/a11y/noAutofocus: it opens because somebody asked to name it */}
                        <label className="field grow">Its name<input name="name" required maxLength={200} defaultValue={revision.name ?? ''} autoFocus /></label>
                        <button type="submit" className="button primary">Name it</button>
                      </form>
                    ) : (
                      <div className="row">
                        <button type="button" className="button" disabled={restore.isPending} onClick={() => restore.mutate(revision.revision_id)}>
                          <RotateCcw size={16} strokeWidth={1.75} />Restore this version
                        </button>
                        <button type="button" className="button quiet" onClick={() => setNaming(true)}>Name it</button>
                        {revision.kind === 'restored' && (
                          <button type="button" className="button quiet" disabled={undo.isPending} onClick={() => undo.mutate(revision.revision_id)}>
                            <Undo2 size={16} strokeWidth={1.75} />Take it back
                          </button>
                        )}
                      </div>
                    )
                  )}
                </li>
              )
            })}
          </ul>
        </section>
      ))}
    </aside>
  )
}

/** By day, in the order given. */
function group(revisions: Revision[]): Map<string, Revision[]> {
  const days = new Map<string, Revision[]>()
  for (const revision of revisions) {
    const name = day(revision.created_at)
    days.set(name, [...(days.get(name) ?? []), revision])
  }
  return days
}
