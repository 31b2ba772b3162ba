import { PageHeader } from '../../../elements/PageHeader'
import { t } from '../messages'
import { useFavourites } from '../queries'
import { Favourites } from './Favourites'

/** The favourites as a page of their own, for screens without a sidebar. */
export function FavouritesPage() {
  const favourites = useFavourites()
  return (
    <main className="list">
      <PageHeader title={t.favourites} />
      {favourites.isError && <div role="alert" className="notice">{favourites.error.message}</div>}
      {favourites.data?.length === 0 && <div className="empty">{t.noFavouritesYetMarkA}</div>}
      <Favourites title={t.yourFavourites} />
    </main>
  )
}
