// The revisions of a document by day: naming, comparing, restoring, and undoing a restore.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Undo2, X } from 'lucide-react'
import { useState } from 'react'
import { keepFocus } from '../../../elements/keepFocus'
import { type Right, mayEdit } from '../../../rights'
import { type Revision, api } from '../api'
import { approvers } from '../approvals/since'
import { t } from '../messages'
import { revisionsKey, useApprovals, useFindRevision, useNamedRevisions, useRevisions, useUnread } from '../queries'
import { NameForm } from './NameForm'
import { RevisionItem } from './RevisionItem'
import { byDay } from './titles'

interface Props {
  document: string
  right: Right
  /** The revision that is compared. */
  selected: Revision | null
  onSelect: (revision: Revision | null) => void
  onClose: () => void
}

export function HistoryPanel({ document, right, selected, onSelect, onClose }: Props) {
  const queries = useQueryClient()
  const revisions = useRevisions(document)
  const pinned = useNamedRevisions(document)
  const named = pinned.data ?? []
  const read = useUnread(document, false).data
  const approved = (useApprovals(document).data ?? []).filter(({ state }) => state === 'approved')
  const find = useFindRevision(document, onSelect)
  const again = () => queries.invalidateQueries({ queryKey: revisionsKey(document) })
  const [isNaming, setNaming] = useState(false)
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
  const undo = useMutation({ mutationFn: (revision: string) => api.undoRestore(document, revision), onSuccess: settled, onError: again })
  const isUndone = revisions.data?.some((one) => one.revision_id === restore.data?.revision_id && !one.can_undo)
  const failure = revisions.error ?? pinned.error ?? find.error ?? keep.error ?? rename.error ?? restore.error ?? undo.error
  const itemOf = (revision: Revision, hasDate = false) => {
    const id = revision.revision_id
    const isSelected = id === selected?.revision_id
    const approval = approved.find(({ revision_id }) => revision_id === id)
    return (
      <RevisionItem
        key={id} revision={revision} approvedBy={approval ? approvers(approval) : ''} isSelected={isSelected} hasDate={hasDate} mayEdit={mayEdit(right)} isNaming={isNaming} isBusy={restore.isPending || undo.isPending}
        onSelect={() => onSelect(isSelected ? null : revision)} onRestore={() => restore.mutate(id)} onUndo={() => undo.mutate(id)}
        onNaming={() => setNaming(true)} onName={(name) => rename.mutate({ revision: id, name })}
      />
    )
  }
  return (
    <aside ref={keepFocus} className="panel" aria-label={t.history}>
      <div className="row">
        <h2>{t.history}</h2>
        <button type="button" className="button quiet" aria-label={t.closeTheHistory} onClick={onClose}><X size={16} strokeWidth={1.75} /></button>
      </div>
      {mayEdit(right) && (
        <NameForm onName={keep.mutate}>
          <label className="field grow">{t.nameThisVersion}<input name="name" required maxLength={200} placeholder={t.asSentToTheBoard} /></label>
          <button type="submit" className="button" disabled={keep.isPending}>{t.saveVersion}</button>
        </NameForm>
      )}
      {failure && <p role="alert" className="notice">{failure.message}</p>}
      {restore.data && !restore.error && !isUndone && (
        <p role="status" className="notice warn">
          {t.versionRestoredTheText}{' '}
          <button type="button" className="button" disabled={undo.isPending} onClick={() => undo.mutate(restore.data.revision_id, { onSuccess: () => restore.reset() })}>
            <Undo2 size={16} strokeWidth={1.75} />{t.undo}
          </button>
        </p>
      )}
      {revisions.data?.length === 0 && <p className="hint">{t.noVersionsYetVersionsAre}</p>}
      {read?.changed && read.from && (
        <button type="button" className="button" onClick={() => find.mutate({ revision: read.from ?? '', shown: 'now' })}>{t.sinceYourVisit}</button>
      )}
      {named.length > 0 && (
        <section className="stack" aria-label={t.namedVersions}>
          <h3>{t.namedVersions}</h3>
          <ul className="plain threads">{named.map((revision) => itemOf(revision, true))}</ul>
        </section>
      )}
      {[...byDay((revisions.data ?? []).filter(({ revision_id }) => !named.some((one) => one.revision_id === revision_id)))].map(([day, those]) => (
        <section key={day} className="stack">
          <h3>{day}</h3>
          <ul className="plain threads">{those.map((revision) => itemOf(revision))}</ul>
        </section>
      ))}
    </aside>
  )
}
