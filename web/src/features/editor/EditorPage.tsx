// One document: its title, its text, who is here, and whether it is safe.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { BadgeCheck, History, MessageSquare, Share2, Trash2 } from 'lucide-react'
import { type ReactNode, Suspense, lazy, useEffect, useState } from 'react'
import { useLocation } from 'wouter'
import { type DocumentView, type Revision, type ThreadView, api } from '../../api'
import { DocumentSession } from '../../sync/session'
import type { NewThread } from '../comments/CommentsPanel'
import type { Anchor } from '../comments/passage'
import { threadsKey, useThreads } from '../comments/threads'
import { ApprovalBanner } from '../approvals/ApprovalBanner'
import { STATUS, approvalsKey } from '../approvals/approvals'
import { UnreadBanner } from '../history/UnreadBanner'
import { People } from './People'
import { ShareDialog } from './ShareDialog'
import { Sheet } from './Sheet'
import { TitleField } from './TitleField'
import { TrustLine } from './TrustLine'
import type { Writer } from './extensions'
import { useHash } from './useHash'
import { useSession } from './useSession'

// What is beside the text comes when it is asked for.
const CommentsPanel = lazy(() => import('../comments/CommentsPanel').then((module) => ({ default: module.CommentsPanel })))

const HistoryPanel = lazy(() => import('../history/HistoryPanel').then((module) => ({ default: module.HistoryPanel })))
const ApprovalPanel = lazy(() => import('../approvals/ApprovalPanel').then((module) => ({ default: module.ApprovalPanel })))
const Comparison = lazy(() => import('../history/Comparison').then((module) => ({ default: module.Comparison })))

const AuthorsPanel = lazy(() => import('../history/AuthorsPanel').then((module) => ({ default: module.AuthorsPanel })))

const NONE: ThreadView[] = []

export function EditorPage({ id, me }: { id: string; me: Writer }) {
  const document = useQuery({ queryKey: ['document', id], queryFn: () => api.document(id) })
  const [session, setSession] = useState<DocumentSession | null>(null)
  const [sharing, setSharing] = useState(false)
  const threads = useThreads(id).data ?? NONE
  const [panel, setPanel] = useState<'comments' | 'history' | 'approval' | 'authors' | null>(null)
  const [revision, setRevision] = useState<Revision | null>(null)
  const [active, setActive] = useState<string | null>(null)
  const [draft, setDraft] = useState<NewThread | null>(null)
  const [asking, setAsking] = useState<Anchor | null>(null)
  const queries = useQueryClient()
  const [, go] = useLocation()

  useEffect(() => {
    const keys = { changed: ['document', id], comments: threadsKey(id), revisions: ['revisions', id], inbox: ['inbox'] }
    const opened = new DocumentSession(id, me.id, (what) => {
      void queries.invalidateQueries({ queryKey: keys[what] })
      if (what === 'changed') void queries.invalidateQueries({ queryKey: approvalsKey(id) })
    })
    setSession(opened)
    return () => opened.end()
  }, [id, me.id, queries])

  // A link of the inbox names a thread.
  const asked = useHash()
  useEffect(() => {
    if (asked === '#approval') setPanel('approval')
    const thread = /^#thread=([\w-]+)$/.exec(asked)?.[1]
    if (!thread) return
    setPanel('comments')
    setActive(thread)
  }, [asked])

  const rename = useMutation({
    mutationFn: (title: string) => api.change(id, { title }),
    onSuccess: (changed) => {
      queries.setQueryData(['document', id], changed)
      void queries.invalidateQueries({ queryKey: ['documents'] })
    },
  })
  const trash = useMutation({
    mutationFn: () => api.trash(id),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ['documents'] })
      go('/')
    },
  })

  const compare = useMutation({
    mutationFn: (wanted: string) => api.revision(id, wanted),
    onSuccess: (found) => {
      setPanel('history')
      setRevision(found)
    },
  })

  if (!document.data && document.isError) return <main className="list"><div role="alert" className="notice">{document.error.message}</div></main>
  if (!session || !document.data) return <main className="desk" />
  // Access that ended leaves the page as it is while it holds what the server does not have.
  if (document.isError) return <Ended session={session} reason={document.error.message}>{sheet(session, document.data)}</Ended>
  return sheet(session, document.data)

  function sheet(session: DocumentSession, data: DocumentView) {
    const { right, title } = data
    const mayEdit = right === 'edit' || right === 'approve' || right === 'admin'
    const show = (next: typeof panel) => {
      setPanel(next)
      setRevision(null)
    }
    const commenting = panel === 'comments'
    const openThread = (thread: string) => {
      show('comments')
      setActive(thread)
    }
    const open = threads.filter(({ state }) => state === 'open').length
    return (
      <main className={revision ? 'desk looking' : 'desk'}>
        <h1 className="visually-hidden">{title}</h1>
        <div className="bar">
          <TrustLine session={session} />
          <span className="spread" />
          <People session={session} />
          <button type="button" className="button" aria-expanded={commenting} onClick={() => show(commenting ? null : 'comments')}>
            <MessageSquare size={16} strokeWidth={1.75} />Comments{open > 0 && ` ${open}`}
          </button>
          <button type="button" className="button" aria-expanded={panel === 'approval'} onClick={() => show(panel === 'approval' ? null : 'approval')}>
            <BadgeCheck size={16} strokeWidth={1.75} />{STATUS[data.status] ?? data.status}
          </button>
          <button type="button" className="button" aria-expanded={panel === 'history'} onClick={() => show(panel === 'history' ? null : 'history')}>
            <History size={16} strokeWidth={1.75} />History
          </button>
          {right === 'admin' && (
            <>
              <button type="button" className="button" onClick={() => setSharing(true)}><Share2 size={16} strokeWidth={1.75} />Share</button>
              <button type="button" className="button quiet" onClick={() => trash.mutate()} aria-label="Move to trash"><Trash2 size={16} strokeWidth={1.75} /></button>
            </>
          )}
        </div>
        {rename.isError && <span className="notice" role="alert">The title was not changed: {rename.error.message}</span>}
        {compare.isError && <span className="notice" role="alert">What changed cannot be shown: {compare.error.message}</span>}
        <Sheet
          session={session}
          me={me}
          mayEdit={mayEdit}
          name={title}
          title={<><TitleField title={title} readOnly={!mayEdit} onRename={rename.mutate} /><ApprovalBanner document={id} onCompare={compare.mutate} />{!me.isGuest && <UnreadBanner document={id} onCompare={compare.mutate} />}</>}
          mayComment={!!right && right !== 'view'}
          threads={threads}
          active={commenting ? active : null}
          onOpenThread={openThread}
          onDraft={(wish) => {
            show('comments')
            setDraft(wish)
          }}
          onAuthors={(passage) => {
            show('authors')
            setAsking(passage)
          }}
        />
        {commenting && (
          <Suspense fallback={null}>
            <CommentsPanel
              document={id} threads={threads} me={me} right={right ?? 'view'} active={active} draft={draft}
              onActive={setActive} onDraft={setDraft} onClose={() => show(null)}
            />
          </Suspense>
        )}
        {panel === 'authors' && asking && <Suspense fallback={null}><AuthorsPanel document={id} passage={asking} onClose={() => show(null)} /></Suspense>}
        {panel === 'approval' && <Suspense fallback={null}><ApprovalPanel document={data} me={me} onClose={() => show(null)} /></Suspense>}
        {panel === 'history' && (
          <Suspense fallback={null}>
            {revision && <Comparison key={revision.revision_id} document={id} revision={revision} />}
            <HistoryPanel document={id} right={right ?? 'view'} selected={revision} onSelect={setRevision} onClose={() => show(null)} />
          </Suspense>
        )}
        {sharing && <ShareDialog document={data} onClose={() => setSharing(false)} />}
      </main>
    )
  }
}

function Ended({ session, reason, children }: { session: DocumentSession; reason: string; children: ReactNode }) {
  const unsaved = useSession(session, ({ state }) => state.unsaved)
  return unsaved > 0 ? children : <main className="list"><div role="alert" className="notice">{reason}</div></main>
}
