import { Link } from 'wouter'
import { t } from '../messages'
import { usePath, useSpaces } from '../queries'
import { spaceName } from './places'

/** Where a page is: its space and the pages above it. */
export function Breadcrumbs({ id, me }: { id: string; me: string }) {
  const path = usePath(id)
  const spaces = useSpaces()
  const space = spaces.data?.find((one) => one.id === path.data?.space_id)
  const above = path.data?.pages ?? []
  if (!space && above.length === 0) return null
  return (
    <nav aria-label={t.breadcrumbs} className="crumbs">
      <ol>
        {space && <li><Link href={`/spaces/${space.id}`}>{space.icon && <span aria-hidden="true">{space.icon} </span>}{spaceName(space, me)}</Link></li>}
        {above.map((page) => <li key={page.id}><Link href={`/documents/${page.id}`}>{page.icon && <span aria-hidden="true">{page.icon} </span>}{page.title}</Link></li>)}
      </ol>
    </nav>
  )
}
