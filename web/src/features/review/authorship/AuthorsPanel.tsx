// The authors of the selected passage, and when they wrote it.
import { useQuery } from '@tanstack/react-query'
import { X } from 'lucide-react'
import { timeSpan } from '../../../dates'
import { Avatar } from '../../../elements/Avatar'
import { api } from '../api'
import type { Anchor } from '../comments/threads'

const span = (first?: string | null, last?: string | null) => (first && last ? timeSpan(first, last) : 'some time ago')

export function AuthorsPanel({ document, passage, onClose }: { document: string; passage: Anchor; onClose: () => void }) {
  const { start, end } = passage
  const authors = useQuery({ queryKey: ['authors', document, start, end], queryFn: () => api.authors(document, { start, end }) })
  return (
    <aside className="panel" aria-label="Authors">
      <div className="row">
        <h2>Authors</h2>
        <button type="button" className="button quiet" aria-label="Close" onClick={onClose}><X size={16} strokeWidth={1.75} /></button>
      </div>
      {authors.error && <p role="alert" className="notice">{authors.error.message}</p>}
      {authors.isLoading && <p role="status" className="hint">Loading…</p>}
      <ul className="plain threads said" aria-label="Authors of this text">
        {authors.data?.map(({ from, quote, author, first_at, last_at }) => (
          <li key={from} className="thread">
            <p className="quote">{quote}</p>
            <span className="by">
              <Avatar name={author?.name ?? ''} color={author?.color} />
              <strong>{author?.name ?? 'Unknown author'}</strong>
              <small>{span(first_at, last_at)}</small>
            </span>
          </li>
        ))}
      </ul>
    </aside>
  )
}
