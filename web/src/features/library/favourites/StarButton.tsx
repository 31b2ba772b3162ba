import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Star } from 'lucide-react'
import { api } from '../api'
import { t } from '../messages'
import { favouritesKey, useFavourites } from '../queries'

/** Makes a document a favourite, or takes it out. */
export function StarButton({ id }: { id: string }) {
  const queries = useQueryClient()
  const favourites = useFavourites()
  const isFavourite = favourites.data?.some((one) => one.id === id) ?? false
  const change = useMutation({
    mutationFn: () => (isFavourite ? api.removeFavourite(id) : api.putFavourite(id)),
    onSettled: () => queries.invalidateQueries({ queryKey: favouritesKey }),
  })
  const says = change.isError ? change.error.message : isFavourite ? t.inYourFavourites : t.addToYourFavourites
  return (
    <button type="button" className="button quiet star" aria-pressed={isFavourite} aria-label={t.favourite} title={says} disabled={!favourites.isSuccess || change.isPending} onClick={() => change.mutate()}>
      <Star size={16} strokeWidth={1.75} />
    </button>
  )
}
