import { mayEdit, maySeeReview } from '../../rights'
import { useStore } from '../../store'
import type { DocumentSession } from '../../sync/session'
import type { DocumentView } from '../library'
import { ApprovalPanel, AuthorsPanel, CommentsPanel, Comparison, HistoryPanel, ReviewedText, type ThreadView } from '../review'
import { SuggestionsPanel, type SuggestionView, useColorOf } from '../suggesting'
import type { Writer } from './extensions'
import { t } from './messages'
import type { DocumentPanels } from './panels'
import { useEditsToDecide } from './useEditsToDecide'

interface Props {
  session: DocumentSession
  panels: DocumentPanels
  document: DocumentView
  threads: ThreadView[]
  comments: ThreadView[]
  suggestions: readonly SuggestionView[]
  me: Writer
}

/** The panel that is open beside the text, if there is one. */
export function SidePanels({ session, panels, document, threads, comments, suggestions, me }: Props) {
  const { open, thread, kinds, suggestion, draft, revision, shown, review, passage } = useStore(panels, (state) => state)
  const { id } = document
  const seesReview = maySeeReview(me.isGuest, document.right)
  useEditsToDecide(session, seesReview && (document.status === 'review' || document.status === 'approved' || document.status === 'published'))
  const right = document.right ?? 'view'
  const colorOf = useColorOf(me.isGuest)
  const tabs = (
    <div role="tablist" aria-label={t.review} className="switch tabs">
      {(['comments', 'suggestions'] as const).map((name) => (
        <button key={name} type="button" role="tab" className="button quiet" aria-selected={open === name} onClick={() => panels.show(name)}>{name === 'comments' ? t.comments : suggestions.length > 0 ? t.suggestionsCount({ count: suggestions.length }) : t.suggestions}</button>
      ))}
    </div>
  )
  if (!seesReview) return null
  return (
    <>
      {open === 'comments' && (
        <CommentsPanel
          document={id} threads={comments} kinds={kinds} me={me} right={right} active={thread} draft={draft} tabs={tabs}
          onActive={panels.selectThread} onDraft={panels.setDraft} onClose={panels.close}
        />
      )}
      {open === 'suggestions' && (
        <SuggestionsPanel
          document={id} suggestions={suggestions} threads={threads} me={me} right={right} active={suggestion} colorOf={colorOf} tabs={tabs}
          onActive={panels.selectSuggestion} onClose={panels.close}
        />
      )}
      {open === 'authors' && passage && <AuthorsPanel document={id} passage={passage} onClose={panels.close} />}
      {open === 'approval' && (
        <>
          {review && <ReviewedText document={id} view={review} onView={panels.look} />}
          <ApprovalPanel document={document} me={me} onReview={panels.look} onClose={panels.close} onShare={() => panels.share(true)} />
        </>
      )}
      {open === 'history' && (
        <>
          {revision && <Comparison key={`${revision.revision_id} ${shown}`} document={id} revision={revision} shown={shown} mayExport={!me.isGuest} mayRestore={mayEdit(right)} />}
          <HistoryPanel document={id} right={right} selected={revision} onSelect={panels.selectRevision} onClose={panels.close} />
        </>
      )}
    </>
  )
}
