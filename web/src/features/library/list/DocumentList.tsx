import { useMutation, useQueryClient } from '@tanstack/react-query'
import { LayoutTemplate, Plus, RotateCcw } from 'lucide-react'
import { useState } from 'react'
import { Link, useLocation } from 'wouter'
import { dateTime } from '../../../dates'
import { mayCreateDocuments } from '../../../rights'
import type { Me } from '../../people'
import { api } from '../api'
import { TemplateDialog } from '../templates/TemplateDialog'
import { documentsKey, useDocuments } from '../queries'

/** The documents that the account can see, or those in the trash. */
export function DocumentList({ me }: { me: Me }) {
  const [path, go] = useLocation()
  const trashed = path === '/trash'
  const [q, setQ] = useState('')
  const queries = useQueryClient()
  const documents = useDocuments({ q, trashed })
  const create = useMutation({ mutationFn: () => api.create({ title: 'Untitled' }), onSuccess: (made) => go(`/documents/${made.id}`) })
  const [isChoosing, setChoosing] = useState(false)
  const restore = useMutation({ mutationFn: api.restore, onSuccess: () => queries.invalidateQueries({ queryKey: documentsKey }) })
  const items = documents.data?.pages.flatMap((page) => page.items) ?? []
  const mayCreate = mayCreateDocuments(me.role)
  return (
    <main className="list">
      <header>
        <h1>{trashed ? 'Trash' : 'Documents'}</h1>
        <label className="search">
          <span className="visually-hidden">Search by title</span>
          <input type="search" placeholder="Search by title" value={q} onChange={(event) => setQ(event.target.value)} />
        </label>
        {!trashed && mayCreate && (
          <button type="button" className="button" onClick={() => setChoosing(true)}><LayoutTemplate size={16} strokeWidth={1.75} />From a template</button>
        )}
        {!trashed && mayCreate && (
          <button type="button" className="button primary" disabled={create.isPending} onClick={() => create.mutate()}>
            <Plus size={16} strokeWidth={1.75} />New document
          </button>
        )}
      </header>
      {isChoosing && <TemplateDialog me={me} onCreated={(id) => go(`/documents/${id}`)} onClose={() => setChoosing(false)} />}
      {documents.isError && <div role="alert" className="notice">{documents.error.message}</div>}
      {documents.isSuccess && items.length === 0 && (
        <div className="empty">
          {q ? 'No title contains that.' : trashed ? 'The trash is empty.' : 'Nothing here yet. The first document is one click away.'}
        </div>
      )}
      {items.length > 0 && (
        <ul>
          {items.map((document) => (
            <li key={document.id}>
              {trashed ? (
                <div className="row">
                  <strong className="grow">{document.title}</strong>
                  <button type="button" className="button" onClick={() => restore.mutate(document.id)}>
                    <RotateCcw size={16} strokeWidth={1.75} />Restore
                  </button>
                </div>
              ) : (
                <Link href={`/documents/${document.id}`}>
                  <strong>{document.title}</strong>
                  <span>{dateTime(document.updated_at)}</span>
                </Link>
              )}
            </li>
          ))}
        </ul>
      )}
      {documents.hasNextPage && <button type="button" className="button" onClick={() => documents.fetchNextPage()}>More</button>}
    </main>
  )
}
