// One document: its title, its text, who is here, and whether it is safe.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Share2, Trash2 } from 'lucide-react'
import { type ReactNode, useEffect, useState } from 'react'
import { useLocation } from 'wouter'
import { type DocumentView, api } from '../../api'
import { DocumentSession } from '../../sync/session'
import { People } from './People'
import { ShareDialog } from './ShareDialog'
import { Sheet } from './Sheet'
import { TitleField } from './TitleField'
import { TrustLine } from './TrustLine'
import type { Writer } from './extensions'
import { useSession } from './useSession'

export function EditorPage({ id, me }: { id: string; me: Writer }) {
  const document = useQuery({ queryKey: ['document', id], queryFn: () => api.document(id) })
  const [session, setSession] = useState<DocumentSession | null>(null)
  const [sharing, setSharing] = useState(false)
  const queries = useQueryClient()
  const [, go] = useLocation()

  useEffect(() => {
    const opened = new DocumentSession(id, me.id, () => void queries.invalidateQueries({ queryKey: ['document', id] }))
    setSession(opened)
    return () => opened.end()
  }, [id, me.id, queries])

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

  if (!document.data && document.isError) return <main className="list"><div role="alert" className="notice">{document.error.message}</div></main>
  if (!session || !document.data) return <main className="desk" />
  // Access that ended leaves the page as it is while it holds what the server does not have.
  if (document.isError) return <Ended session={session} reason={document.error.message}>{sheet(session, document.data)}</Ended>
  return sheet(session, document.data)

  function sheet(session: DocumentSession, data: DocumentView) {
    const { right, title } = data
    const mayEdit = right === 'edit' || right === 'approve' || right === 'admin'
    return (
      <main className="desk">
        <h1 className="visually-hidden">{title}</h1>
        <div className="bar">
          <TrustLine session={session} />
          <span className="spread" />
          <People session={session} />
          {right === 'admin' && (
            <>
              <button type="button" className="button" onClick={() => setSharing(true)}><Share2 size={16} strokeWidth={1.75} />Share</button>
              <button type="button" className="button quiet" onClick={() => trash.mutate()} aria-label="Move to trash"><Trash2 size={16} strokeWidth={1.75} /></button>
            </>
          )}
        </div>
        {rename.isError && <span className="notice" role="alert">The title was not changed: {rename.error.message}</span>}
        <Sheet
          session={session}
          me={me}
          mayEdit={mayEdit}
          name={title}
          title={<TitleField title={title} readOnly={!mayEdit} onRename={rename.mutate} />}
        />
        {sharing && <ShareDialog document={data} onClose={() => setSharing(false)} />}
      </main>
    )
  }
}

function Ended({ session, reason, children }: { session: DocumentSession; reason: string; children: ReactNode }) {
  const unsaved = useSession(session, ({ state }) => state.unsaved)
  return unsaved > 0 ? children : <main className="list"><div role="alert" className="notice">{reason}</div></main>
}
