import type { SuggestionView, Which } from '../api'
import { t } from '../messages'
import { EVERYTHING, type Filter } from '../order'

interface Props {
  /** The suggestions that the filter lists. */
  listed: readonly SuggestionView[]
  chosen: ReadonlySet<string>
  filter: Filter
  busy: boolean
  onDecide: (verdict: 'accept' | 'reject', which: Which) => void
}

/** Accepts or rejects the chosen ones, or all that are listed. */
export function DecideMany({ listed, chosen, filter, busy, onDecide }: Props) {
  const ids = listed.filter(({ id }) => chosen.has(id)).map(({ id }) => id)
  const isAll = filter.author === EVERYTHING.author && filter.kind === EVERYTHING.kind
  const which: Which = ids.length > 0 ? { ids } : isAll ? { all: true } : filter.kind === '' ? { author: filter.author } : { ids: listed.map(({ id }) => id) }
  const all = { count: listed.length, name: listed[0]?.author_name ?? '' }
  const said = ids.length > 0
    ? { accept: t.acceptChosen({ count: ids.length }), reject: t.rejectChosen({ count: ids.length }) }
    : filter.author ? { accept: t.acceptAllBy(all), reject: t.rejectAllBy(all) } : { accept: t.acceptAll(all), reject: t.rejectAll(all) }
  return (
    <div className="row wraps">
      <button type="button" className="button" disabled={busy} onClick={() => onDecide('accept', which)}>{said.accept}</button>
      <button type="button" className="button quiet" disabled={busy} onClick={() => onDecide('reject', which)}>{said.reject}</button>
    </div>
  )
}
