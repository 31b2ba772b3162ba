// An open document: the bar, the text, and the panels beside it.
import { useEffect, useMemo, useState } from 'react'
import { mayComment, mayEdit, maySeeReview } from '../../rights'
import { useStore } from '../../store'
import type { DocumentSession } from '../../sync/session'
import { useTitle } from '../../title'
import { Breadcrumbs, DocumentDetails, type DocumentView, ShareDialog, useNoteOpened, useRename } from '../library'
import { ApprovalBanner, type Compared, type ThreadView, UnreadBanner, commentsIn, useFindRevision } from '../review'
import { LinkedFrom } from '../search'
import { DecidedToast, DocumentMode, useMode, useSuggestingView, useSuggestions } from '../suggesting'
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
  const isComparing = useStore(panels, ({ revision, review }) => revision !== null || review !== null)
  const isSharing = useStore(panels, (state) => state.isSharing)
  useTitle(title)
  const rename = useRename(id)
  useNoteOpened(id, !me.isGuest)
  const [mode] = useState(() => new DocumentMode(me.id, id))
  const isSuggesting = useMode(mode, right) === 'suggesting'
  const seesReview = maySeeReview(me.isGuest, right)
  const suggestions = useSuggestions(id, seesReview)
  const comments = useMemo(() => commentsIn(threads), [threads])
  const asked = useStore(panels, ({ open, thread }) => (open === 'comments' ? thread : null))
  const isSuggestion = threads.length > comments.length && threads.some(({ thread_id }) => thread_id === asked) && !comments.some(({ thread_id }) => thread_id === asked)
  // A link to a thread may lead to a suggestion.
  useEffect(() => {
    if (isSuggestion && asked) panels.openSuggestion(asked)
  }, [panels, isSuggestion, asked])
  const isGone = useStore(session, ({ refused }) => refused !== null)
  const view = useSuggestingView(session, me.id, { isWanted: isSuggesting && !isGone, maySuggest: mayComment(right) && !isGone })
  const compare = useFindRevision(id, panels.compare)
  const show = (revision: string, shown: Compared) => compare.mutate({ revision, shown })
  const wanted = useStore(panels, ({ asked }) => asked)
  const { mutate: find } = compare
  useEffect(() => {
    if (wanted && seesReview) find({ revision: wanted, shown: 'text' })
  }, [find, wanted, seesReview])
  return (
    <main className={isComparing ? 'desk looking' : 'desk'}>
      <h1 className="visually-hidden">{title}</h1>
      <DocumentBar session={session} panels={panels} document={document} mode={mode} view={view} threads={comments} suggestions={suggestions} me={me} />
      {rename.isError && <span className="notice" role="alert">{t.theTitleCouldntBeChanged({ reason: rename.error.message })}</span>}
      {compare.isError && <span className="notice" role="alert">{t.theChangesCantBeShown({ reason: compare.error.message })}</span>}
      <Sheet
        session={session}
        panels={panels}
        me={me}
        right={right}
        mode={mode}
        view={view}
        name={title}
        title={(onDone) => <>
          {!me.isGuest && <Breadcrumbs id={id} me={me.id} />}
          <TitleField title={title} readOnly={!mayEdit(right)} onRename={rename.mutate} onDone={onDone} />
          {!me.isGuest && <DocumentDetails document={document} mayEdit={mayEdit(right)} />}
          {seesReview && <ApprovalBanner document={document} openSuggestions={suggestions.length} onCompare={show} onReview={panels.look} />}
          {!me.isGuest && <UnreadBanner document={id} onCompare={(revision) => show(revision, 'now')} />}
        </>}
        foot={!me.isGuest && <LinkedFrom id={id} />}
        threads={comments}
        suggestions={suggestions}
      />
      <SidePanels session={session} panels={panels} document={document} threads={threads} comments={comments} suggestions={suggestions} me={me} />
      <DecidedToast document={id} />
      {isSharing && <ShareDialog document={document} onClose={() => panels.share(false)} />}
    </main>
  )
}
