import { Archive, Clock, FileText, Users } from 'lucide-react'
import { Link, useLocation } from 'wouter'

const icon = { size: 16, strokeWidth: 1.75 }

/** The lists of documents, by their addresses. */
const VIEWS = [
  { path: '/documents', name: 'All', shape: FileText },
  { path: '/recent', name: 'Recent', shape: Clock },
  { path: '/shared', name: 'Shared with me', shape: Users },
  { path: '/archive', name: 'Archive', shape: Archive },
] as const

export function Views() {
  const [path] = useLocation()
  return (
    <nav aria-label="Lists" className="views">
      {VIEWS.map(({ path: to, name, shape: Shape }) => (
        <Link key={to} href={to} className="button quiet" aria-current={path === to ? 'page' : undefined}><Shape {...icon} />{name}</Link>
      ))}
    </nav>
  )
}
