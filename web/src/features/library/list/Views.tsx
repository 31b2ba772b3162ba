import { Archive, Clock, FileText, Users } from 'lucide-react'
import { Link, useLocation } from 'wouter'
import { t } from '../messages'

const icon = { size: 16, strokeWidth: 1.75 }

/** The lists of documents, by their addresses. */
const VIEWS = [
  { path: '/documents', name: t.all, shape: FileText },
  { path: '/recent', name: t.recent, shape: Clock },
  { path: '/shared', name: t.sharedWithMe, shape: Users },
  { path: '/archive', name: t.archive, shape: Archive },
] as const

export function Views() {
  const [path] = useLocation()
  return (
    <nav aria-label={t.lists} className="views">
      {VIEWS.map(({ path: to, name, shape: Shape }) => (
        <Link key={to} href={to} className="button quiet" aria-current={path === to ? 'page' : undefined}><Shape {...icon} />{name}</Link>
      ))}
    </nav>
  )
}
