// The authors of the selected passage, and when they wrote it.
import { useQuery } from '@tanstack/react-query'
import { X } from 'lucide-react'
import { timeSpan } from '../../../dates'
import { Avatar } from '../../../elements/Avatar'
import { api } from '../api'
import type { Anchor } from '../comments/threads'
import { t } from '../messages'

const span = (first?: string | null, last?: string | null) => (first && last ? timeSpan(first, last) : t.someTimeAgo)

export function AuthorsPanel({ document, passage, onClose }: { document: string; passage: Anchor; onClose: () => void }) {
  const { start, end } = passage
  const authors = useQuery({ queryKey: ['authors', document, start, end], queryFn: () => api.authors(document, { start, end }) })
  return (
    <aside className="panel" aria-label={t.authors}>
      <div className="row">
        <h2>{t.authors}</h2>
        <button type="button" className="button quiet" aria-label={t.close} onClick={onClose}><X size={16} strokeWidth={1.75} /></button>
      </div>
      {authors.error && <p role="alert" className="notice">{authors.error.message}</p>}
      {authors.isLoading && <p role="status" className="hint">{t.loading}</p>}
      <ul className="plain threads said" aria-label={t.authorsOfThisText}>
        {authors.data?.map(({ from, quote, author, first_at, last_at }) => (
          <li key={from} className="thread">
            <p className="quote">{quote}</p>
            <span className="by">
              <Avatar name={author?.name ?? ''} color={author?.color} />
              <strong>{author?.name ?? t.unknownAuthor}</strong>
              <small>{span(first_at, last_at)}</small>
            </span>
          </li>
        ))}
      </ul>
    </aside>
  )
}
