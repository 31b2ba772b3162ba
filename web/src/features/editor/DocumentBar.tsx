import { BadgeCheck, FolderInput, History, MessageSquare, PencilLine, Share2, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { Problem } from '../../client'
import { mayAdminister, mayComment, mayEdit, maySeeReview } from '../../rights'
import { useStore } from '../../store'
import type { DocumentSession } from '../../sync/session'
import { DeleteDialog, DocumentMenu, type DocumentView, MoveDialog, StarButton, statusName, useRestore, useTrash } from '../library'
import { WatchButton } from '../notify'
import type { ThreadView } from '../review'
import { type DocumentMode, ModeSwitch, SuggestingLine, type SuggestingView, type SuggestionView, useViewEnded } from '../suggesting'
import { People } from './People'
import { TrustLine } from './TrustLine'
import type { Writer } from './extensions'
import { keyName } from './keys'
import { t } from './messages'
import type { DocumentPanels } from './panels'

const icon = { size: 16, strokeWidth: 1.75 }

interface Props {
  session: DocumentSession
  panels: DocumentPanels
  document: DocumentView
  mode: DocumentMode
  view: SuggestingView | null
  threads: ThreadView[]
  suggestions: readonly SuggestionView[]
  me: Writer
}

/** Above the text: whether it is saved, who else is here, and what people open all the time. The rest is in the menu. */
export function DocumentBar({ session, panels, document, mode, view, threads, suggestions, me }: Props) {
  const panel = useStore(panels, ({ open }) => open)
  const [, go] = useLocation()
  const trash = useTrash(document, () => go('/documents'))
  const restore = useRestore()
  const [isMoving, setMoving] = useState(false)
  const hasChildren = trash.error instanceof Problem && trash.error.code === 'has-children'
  const open = threads.filter(({ state }) => state === 'open').length
  const hasEnded = useViewEnded(view)
  const isAdmin = mayAdminister(document.right)
  const seesReview = maySeeReview(me.isGuest, document.right)
  const failure = (hasChildren ? undefined : trash.error) ?? restore.error
  return (
    <div className="bar">
      {view && !hasEnded ? <SuggestingLine view={view} /> : <TrustLine session={session} mayComment={mayComment(document.right)} onRestore={isAdmin ? () => restore.mutate(document.id) : undefined} />}
      <span className="spread" />
      <People session={session} />
      <ModeSwitch mode={mode} right={document.right} keyName={keyName} />
      {seesReview && (
        <button type="button" className={open > 0 ? 'button to-comments' : 'button to-comments none'} aria-expanded={panel === 'comments'} onClick={() => panels.toggle('comments')}>
          <MessageSquare {...icon} /><span className="label">{t.comments}</span>{open > 0 && ` ${open}`}
        </button>
      )}
      {suggestions.length > 0 && (
        <button type="button" className="button to-suggestions" aria-expanded={panel === 'suggestions'} aria-label={t.suggestionsCount({ count: suggestions.length })} title={t.suggestions} onClick={() => panels.toggle('suggestions')}>
          <PencilLine {...icon} />{suggestions.length}
        </button>
      )}
      {seesReview && (
        <button type="button" className="button" aria-expanded={panel === 'approval'} onClick={() => panels.toggle('approval')}>
          <BadgeCheck {...icon} /><span className="label">{statusName(document.status)}</span>
        </button>
      )}
      {isAdmin && <button type="button" className="button primary" onClick={() => panels.share(true)}><Share2 {...icon} /><span className="label">{t.share}</span></button>}
      {!me.isGuest && <StarButton id={document.id} />}
      <DocumentMenu document={document} role={me.role}>
        {seesReview && <button type="button" role="menuitem" onClick={() => panels.show('history')}><History {...icon} />{t.history}</button>}
        {!me.isGuest && <WatchButton kind="documents" id={document.id} isItem />}
        {mayEdit(document.right) && !me.isGuest && <button type="button" role="menuitem" onClick={() => setMoving(true)}><FolderInput {...icon} />{t.moveTo}</button>}
        {isAdmin && <button type="button" role="menuitem" onClick={() => trash.mutate(undefined)}><Trash2 {...icon} />{t.moveToTrash}</button>}
      </DocumentMenu>
      {failure && <div role="alert" className="notice">{failure.message}</div>}
      {hasChildren && <DeleteDialog title={document.title} onChoose={trash.mutate} onClose={trash.reset} />}
      {isMoving && <MoveDialog page={document} me={me.id} onClose={() => setMoving(false)} />}
    </div>
  )
}
