import { Suspense } from 'react'
import { useStore } from '../../store'
import type { DocumentView } from '../library'
import { ApprovalPanel, AuthorsPanel, CommentsPanel, Comparison, HistoryPanel, type ThreadView } from '../review'
import type { Writer } from './extensions'
import type { DocumentPanels } from './panels'

interface Props {
  panels: DocumentPanels
  document: DocumentView
  threads: ThreadView[]
  me: Writer
}

/** The panel that is open beside the text, if there is one. */
export function SidePanels({ panels, document, threads, me }: Props) {
  const { open, thread, draft, revision, passage } = useStore(panels, (state) => state)
  const { id } = document
  const right = document.right ?? 'view'
  return (
    <Suspense fallback={null}>
      {open === 'comments' && (
        <CommentsPanel
          document={id} threads={threads} me={me} right={right} active={thread} draft={draft}
          onActive={panels.selectThread} onDraft={panels.setDraft} onClose={panels.close}
        />
      )}
      {open === 'authors' && passage && <AuthorsPanel document={id} passage={passage} onClose={panels.close} />}
      {open === 'approval' && <ApprovalPanel document={document} me={me} onClose={panels.close} />}
      {open === 'history' && (
        <>
          {revision && <Comparison key={revision.revision_id} document={id} revision={revision} />}
          <HistoryPanel document={id} right={right} selected={revision} onSelect={panels.selectRevision} onClose={panels.close} />
        </>
      )}
    </Suspense>
  )
}
