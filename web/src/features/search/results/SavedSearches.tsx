import { X } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import { t } from '../messages'
import { useForgetSearch, useSaveSearch, useSavedSearches } from '../queries'

/** The searches that the person keeps, and the way to keep this one. */
export function SavedSearches({ q }: { q: string }) {
  const saved = useSavedSearches()
  const save = useSaveSearch()
  const forget = useForgetSearch()
  const [name, setName] = useState<string>()
  const isSaved = saved.data?.some((search) => search.query === q.trim())
  const failure = save.error ?? forget.error
  return (
    <section className="facets" aria-label={t.savedSearches}>
      <h2 className="eyebrow">{t.savedSearches}</h2>
      {saved.data?.map((search) => (
        <div key={search.search_id} className="row">
          <Link href={`/search?${new URLSearchParams({ q: search.query })}`} className="grow" title={search.query}>{search.name}</Link>
          <button type="button" className="button quiet small" aria-label={t.forgetName({ name: search.name })} title={t.forgetThisSearch} onClick={() => forget.mutate(search.search_id)}><X size={14} strokeWidth={1.75} /></button>
        </div>
      ))}
      {failure && <div role="alert" className="notice">{failure.message}</div>}
      {name === undefined ? (
        <button type="button" className="button" disabled={q.trim() === '' || isSaved} onClick={() => setName(q.trim().slice(0, 100))}>{t.saveThisSearch}</button>
      ) : (
        <form
          className="row"
          onSubmit={(event) => {
            event.preventDefault()
            save.mutate({ name, query: q }, { onSuccess: () => setName(undefined) })
          }}
        >
          <label className="grow"><span className="visually-hidden">{t.nameOfTheSearch}</span><input value={name} required maxLength={100} onChange={(event) => setName(event.target.value)} /></label>
          <button type="submit" className="button primary" disabled={save.isPending}>{t.save}</button>
        </form>
      )}
    </section>
  )
}
