import { RotateCcw, Undo2 } from 'lucide-react'
import { dateTime, timeOfDay } from '../../../dates'
import { Avatar } from '../../../elements/Avatar'
import type { Revision } from '../api'
import { t } from '../messages'
import { NameForm } from './NameForm'
import { sentenceOf } from './sentence'
import { titleOf } from './titles'

interface Props {
  revision: Revision
  /** The people who approved it, in one text; empty if it was not approved. */
  approvedBy: string
  isSelected: boolean
  /** Whether it is shown separately from the other versions of its day. */
  hasDate?: boolean
  mayEdit: boolean
  /** Whether its name is being changed. */
  isNaming: boolean
  isBusy: boolean
  onSelect: () => void
  onRestore: () => void
  onUndo: () => void
  onNaming: () => void
  onName: (name: string) => void
}

/** One revision: its authors and how much they changed; when selected, the possible actions. */
export function RevisionItem({ revision, approvedBy, isSelected, hasDate = false, mayEdit, isNaming, isBusy, onSelect, onRestore, onUndo, onNaming, onName }: Props) {
  const title = titleOf(revision)
  const time = timeOfDay(revision.created_at)
  return (
    <li className={`thread${isSelected ? ' active' : ''}`}>
      <button type="button" className="pick" aria-pressed={isSelected} onClick={onSelect}>
        <strong>{title}</strong>
        {approvedBy && <span className="chip">{t.approvedByNames({ names: approvedBy })}</span>}
        <span className="by">
          {revision.authors.map(({ id, name, color }) => (
            <Avatar key={id} name={name} color={color} title={name} />
          ))}
          <small>
            {(hasDate || title !== time) && `${hasDate ? dateTime(revision.created_at) : time} · `}
            {sentenceOf(revision)}
          </small>
        </span>
      </button>
      {isSelected && mayEdit && isNaming && (
        <NameForm onName={onName}>
          {/* biome-ignore lint/a11y/noAutofocus: it opens because somebody asked to name it */}
          <label className="field grow">{t.versionName}<input name="name" required maxLength={200} defaultValue={revision.name ?? ''} autoFocus /></label>
          <button type="submit" className="button primary">{t.saveName}</button>
        </NameForm>
      )}
      {isSelected && mayEdit && !isNaming && (
        <div className="row">
          <button type="button" className="button" disabled={isBusy} onClick={onRestore}>
            <RotateCcw size={16} strokeWidth={1.75} />{t.restoreThisVersion}
          </button>
          <button type="button" className="button quiet" onClick={onNaming}>{t.rename}</button>
          {revision.can_undo && (
            <button type="button" className="button quiet" disabled={isBusy} onClick={onUndo}>
              <Undo2 size={16} strokeWidth={1.75} />{t.undoRestore}
            </button>
          )}
        </div>
      )}
    </li>
  )
}
