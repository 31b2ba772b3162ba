// One document: its title, its text, who is here, and whether it is safe.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Share2, Trash2 } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useLocation } from 'wouter'
import { type Me, api } from '../../api'
import { DocumentSession } from '../../sync/session'
import { People } from './People'
import { ShareDialog } from './ShareDialog'
import { Sheet } from './Sheet'
import { TitleField } from './TitleField'
import { TrustLine } from './TrustLine'

export function EditorPage({ id, me }: { id: string; me: Me }) {
  const document = useQuery({ queryKey: ['document', id], queryFn: () => api.document(id) })
  const [session, setSession] = useState<DocumentSession | null>(null)
  const [sharing, setSharing] = useState(false)
  const queries = useQueryClient()
  const [, go] = useLocation()

  useEffect(() => {
    const opened = new DocumentSession(id, me.account_id, () => void queries.invalidateQueries({ queryKey: ['document', id] }))
    setSession(opened)
    return () => opened.end()
  }, [id, me.account_id, queries])

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

  if (document.isError) return <main className="list"><div role="alert" className="notice">{document.error.message}</div></main>
  if (!session || !document.data) return <main className="desk" />
  const { right, title } = document.data
  const mayEdit = right === 'edit' || right === 'approve' || right === 'admin'
  return (
    <main className="desk">
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
        title={<TitleField title={title} readOnly={!mayEdit} onRename={rename.mutate} />}
      />
      {sharing && <ShareDialog document={document.data} onClose={() => setSharing(false)} />}
    </main>
  )
}
