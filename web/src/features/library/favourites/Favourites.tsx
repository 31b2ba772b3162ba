// The favourites in the rail, in the order that their person gives them.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { ChevronDown, ChevronUp } from 'lucide-react'
import { useId } from 'react'
import { Link, useLocation } from 'wouter'
import { type Favourite, api } from '../api'
import { t } from '../messages'
import { favouritesKey, useFavourites } from '../queries'
import { PageIcon } from '../tree/PageIcon'

const arrow = { size: 14, strokeWidth: 1.75 }

/** `title`: the name of the region, of which a page may have two. */
export function Favourites({ title: heading = t.favourites }: { title?: string }) {
  const headingId = useId()
  const queries = useQueryClient()
  const [path] = useLocation()
  const favourites = useFavourites()
  const move = useMutation({
    mutationFn: ({ id, after }: { id: string; after: string | null }) => api.putFavourite(id, after),
    onSettled: () => queries.invalidateQueries({ queryKey: favouritesKey }),
  })
  const all = favourites.data ?? []
  if (all.length === 0) return null
  const earlier = (index: number) => ({ id: idAt(all, index) ?? '', after: idAt(all, index - 2) })
  const later = (index: number) => ({ id: idAt(all, index) ?? '', after: idAt(all, index + 1) })
  return (
    <section className="favourites" aria-labelledby={headingId}>
      <h2 id={headingId} className="eyebrow">{heading}</h2>
      <ul className="plain">
        {all.map(({ id, title, icon }, index) => (
          <li key={id} className="branch" aria-current={path === `/documents/${id}` ? 'page' : undefined}>
            <Link href={`/documents/${id}`}><PageIcon icon={icon} kind="page" /><span className="name">{title}</span></Link>
            <span className="tools-of-row">
              {index > 0 && <button type="button" aria-label={t.earlierTitle({ title })} onClick={() => move.mutate(earlier(index))}><ChevronUp {...arrow} /></button>}
              {index < all.length - 1 && <button type="button" aria-label={t.laterTitle({ title })} onClick={() => move.mutate(later(index))}><ChevronDown {...arrow} /></button>}
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}

const idAt = (favourites: Favourite[], index: number): string | null => favourites[index]?.id ?? null
