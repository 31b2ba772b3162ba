import { PageHeader } from '../../../elements/PageHeader'
import { useFavourites } from '../queries'
import { Favourites } from './Favourites'

/** The favourites as a page of their own, for screens without a sidebar. */
export function FavouritesPage() {
  const favourites = useFavourites()
  return (
    <main className="list">
      <PageHeader title="Favourites" />
      {favourites.isError && <div role="alert" className="notice">{favourites.error.message}</div>}
      {favourites.data?.length === 0 && <div className="empty">No favourites yet. Mark a document with the star above its text.</div>}
      <Favourites title="Your favourites" />
    </main>
  )
}
