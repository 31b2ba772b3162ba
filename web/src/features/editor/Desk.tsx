// An open document: the bar, the text, and the panels beside it.
import { Suspense } from 'react'
import { mayComment, mayEdit } from '../../rights'
import { useStore } from '../../store'
import type { DocumentSession } from '../../sync/session'
import { useTitle } from '../../title'
import { Breadcrumbs, DocumentDetails, type DocumentView, ShareDialog, useNoteOpened, useRename } from '../library'
import { ApprovalBanner, type Compared, type ThreadView, UnreadBanner, useFindRevision } from '../review'
import { LinkedFrom } from '../search'
import { DocumentBar } from './DocumentBar'
import { Sheet } from './Sheet'
import { SidePanels } from './SidePanels'
import { TitleField } from './TitleField'
import type { Writer } from './extensions'
import { t } from './messages'
import type { DocumentPanels } from './panels'

interface Props {
  session: DocumentSession
  panels: DocumentPanels
  document: DocumentView
  threads: ThreadView[]
  me: Writer
}

export function Desk({ session, panels, document, threads, me }: Props) {
  const { id, right, title } = document
  const isComparing = useStore(panels, ({ revision }) => revision !== null)
  const isSharing = useStore(panels, (state) => state.isSharing)
  useTitle(title)
  const rename = useRename(id)
  useNoteOpened(id, !me.isGuest)
  const compare = useFindRevision(id, panels.compare)
  const show = (revision: string, shown: Compared) => compare.mutate({ revision, shown })
  return (
    <main className={isComparing ? 'desk looking' : 'desk'}>
      <h1 className="visually-hidden">{title}</h1>
      <DocumentBar session={session} panels={panels} document={document} threads={threads} me={me} />
      {rename.isError && <span className="notice" role="alert">{t.theTitleCouldntBeChanged({ reason: rename.error.message })}</span>}
      {compare.isError && <span className="notice" role="alert">{t.theChangesCantBeShown({ reason: compare.error.message })}</span>}
      <Sheet
        session={session}
        panels={panels}
        me={me}
        mayEdit={mayEdit(right)}
        mayComment={mayComment(right)}
        name={title}
        title={<>
          {!me.isGuest && <Breadcrumbs id={id} me={me.id} />}
          <TitleField title={title} readOnly={!mayEdit(right)} onRename={rename.mutate} />
          {!me.isGuest && <DocumentDetails document={document} mayEdit={mayEdit(right)} />}
          <ApprovalBanner document={document} onCompare={show} />
          {!me.isGuest && <UnreadBanner document={id} onCompare={(revision) => show(revision, 'now')} />}
        </>}
        foot={!me.isGuest && <LinkedFrom id={id} />}
        threads={threads}
      />
      <SidePanels session={session} panels={panels} document={document} threads={threads} me={me} onCompare={show} />
      {isSharing && <Suspense fallback={null}><ShareDialog document={document} onClose={() => panels.share(false)} /></Suspense>}
    </main>
  )
}
