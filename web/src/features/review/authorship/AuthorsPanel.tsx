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
        {authors.data?.map(({ from, quote, author, suggested_by, first_at, last_at }) => {
          const writer = suggested_by ?? author
          return (
            <li key={from} className="thread">
              <p className="quote">{quote}</p>
              <span className="by">
                <Avatar name={writer?.name ?? ''} color={writer?.color} />
                <strong>{writer?.name ?? t.unknownAuthor}</strong>
                <small>{suggested_by && author ? t.acceptedBy({ name: author.name, date: span(first_at, last_at) }) : span(first_at, last_at)}</small>
              </span>
            </li>
          )
        })}
      </ul>
    </aside>
  )
}
