import { Link } from 'wouter'
import { PageIcon } from '../library'
import { t } from './messages'
import { useBacklinks } from './queries'

/** Below a page: the pages that link to it, and related ones. Nothing if there are none. */
export function LinkedFrom({ id }: { id: string }) {
  const { data } = useBacklinks(id)
  if (!data || data.backlinks.length + data.related.length === 0) return null
  return (
    <aside className="linked" aria-label={t.linksToThisPage}>
      <Pages title={t.linkedFrom} pages={data.backlinks} />
      <Pages title={t.relatedPages} pages={data.related} />
    </aside>
  )
}

function Pages({ title, pages }: { title: string; pages: { id: string; title: string; icon: string }[] }) {
  if (pages.length === 0) return null
  return (
    <section>
      <h2 className="eyebrow">{title}</h2>
      <ul>
        {pages.map((page) => (
          <li key={page.id}><Link href={`/documents/${page.id}`}><PageIcon icon={page.icon} kind="page" />{page.title}</Link></li>
        ))}
      </ul>
    </section>
  )
}
