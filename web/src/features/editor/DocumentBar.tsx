import { BadgeCheck, FolderInput, History, MessageSquare, Share2, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { Problem } from '../../client'
import { mayAdminister, mayComment, mayEdit } from '../../rights'
import { useStore } from '../../store'
import type { DocumentSession } from '../../sync/session'
import { DeleteDialog, DocumentMenu, type DocumentView, MoveDialog, StarButton, statusName, useTrash } from '../library'
import type { ThreadView } from '../review'
import { People } from './People'
import { TrustLine } from './TrustLine'
import type { Writer } from './extensions'
import type { DocumentPanels } from './panels'

const icon = { size: 16, strokeWidth: 1.75 }

interface Props {
  session: DocumentSession
  panels: DocumentPanels
  document: DocumentView
  threads: ThreadView[]
  me: Writer
}

/** Above the text: whether it is saved, who else is here, and the buttons of the panels. */
export function DocumentBar({ session, panels, document, threads, me }: Props) {
  const panel = useStore(panels, ({ open }) => open)
  const [, go] = useLocation()
  const trash = useTrash(document, () => go('/'))
  const [isMoving, setMoving] = useState(false)
  const hasChildren = trash.error instanceof Problem && trash.error.code === 'has-children'
  const open = threads.filter(({ state }) => state === 'open').length
  return (
    <div className="bar">
      <TrustLine session={session} mayComment={mayComment(document.right)} />
      <span className="spread" />
      <People session={session} />
      <button type="button" className="button" aria-expanded={panel === 'comments'} onClick={() => panels.toggle('comments')}>
        <MessageSquare {...icon} />Comments{open > 0 && ` ${open}`}
      </button>
      <button type="button" className="button" aria-expanded={panel === 'approval'} onClick={() => panels.toggle('approval')}>
        <BadgeCheck {...icon} />{statusName(document.status)}
      </button>
      <button type="button" className="button" aria-expanded={panel === 'history'} onClick={() => panels.toggle('history')}>
        <History {...icon} />History
      </button>
      {!me.isGuest && <StarButton id={document.id} />}
      {mayEdit(document.right) && !me.isGuest && (
        <button type="button" className="button quiet" onClick={() => setMoving(true)} aria-label="Move to…" title="Move to…"><FolderInput {...icon} /></button>
      )}
      {mayAdminister(document.right) && (
        <>
          <button type="button" className="button" onClick={() => panels.share(true)}><Share2 {...icon} />Share</button>
          <button type="button" className="button quiet" onClick={() => trash.mutate(undefined)} aria-label="Move to trash" title="Move to trash"><Trash2 {...icon} /></button>
        </>
      )}
      {!me.isGuest && <DocumentMenu document={document} role={me.role} />}
      {trash.error && !hasChildren && <div role="alert" className="notice">{trash.error.message}</div>}
      {hasChildren && <DeleteDialog title={document.title} onChoose={trash.mutate} onClose={trash.reset} />}
      {isMoving && <MoveDialog page={document} me={me.id} onClose={() => setMoving(false)} />}
    </div>
  )
}
