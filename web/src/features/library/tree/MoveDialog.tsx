// Moves a page with everything below it: to a place that is chosen here, or that was chosen by dragging. It says
// beforehand who gains and who loses access.
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { type Destination, api } from '../api'
import { t } from '../messages'
import { useMove, useSpaces } from '../queries'
import { Consequences, areNone } from './Consequences'
import { PageIcon } from './PageIcon'
import { spaceName } from './places'

interface Props {
  page: { id: string; title: string }
  me: string
  /** The place, if it was chosen already. */
  to?: Destination
  onClose: () => void
}

export function MoveDialog({ page, me, to, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  const [chosen, choose] = useState<Destination | undefined>(to)
  const move = useMove()
  const effects = useQuery({
    queryKey: ['effects', page.id, chosen?.space, chosen?.parent],
    queryFn: () => api.effects(page.id, chosen ?? {}),
    enabled: !!chosen,
    staleTime: 0,
  })
  const failure = move.error ?? effects.error
  return (
    <dialog ref={dialog} onClose={onClose} aria-labelledby="move-title">
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          if (chosen) move.mutate({ id: page.id, to: chosen }, { onSuccess: () => dialog.current?.close() })
        }}
      >
        <h2 id="move-title">{t.moveTitle({ title: page.title })}</h2>
        {!to && <Places page={page.id} me={me} chosen={chosen} onChoose={choose} />}
        {effects.data && (areNone(effects.data) ? <p role="status" className="hint">{t.nobodyGainsOrLosesAccess}</p> : <Consequences effects={effects.data} />)}
        {failure && <div role="alert" className="notice">{failure.message}</div>}
        <div className="row">
          <button type="submit" className="button primary" disabled={!effects.data || move.isPending}>{effects.data && effects.data.gains.length + effects.data.links_gained > 0 ? t.moveAndShare : t.move}</button>
          <button type="button" className="button" onClick={() => dialog.current?.close()}>{t.cancel}</button>
        </div>
      </form>
    </dialog>
  )
}

/** Spaces, and pages found by their title. */
function Places({ page, me, chosen, onChoose }: { page: string; me: string; chosen: Destination | undefined; onChoose: (to: Destination) => void }) {
  const [q, setQ] = useState('')
  const spaces = useSpaces()
  const found = useQuery({ queryKey: ['documents', 'places', q], queryFn: () => api.documents({ q, access: 'edit', limit: 20 }), placeholderData: keepPreviousData })
  const mine = (spaces.data ?? []).filter(({ right }) => right !== 'view' && right !== 'comment')
  const named = mine.filter((space) => spaceName(space, me).toLowerCase().includes(q.trim().toLowerCase()))
  const options = [
    ...named.map((space) => ({ key: space.id, icon: <PageIcon icon={space.icon} kind={space.owner_id ? 'personal' : 'space'} />, name: spaceName(space, me), detail: t.space, to: { space: space.id } as Destination, isChosen: chosen?.space === space.id && !chosen.parent })),
    ...(found.data?.items ?? []).filter(({ id }) => id !== page).map((above) => ({ key: above.id, icon: <PageIcon icon={above.icon} kind="page" />, name: above.title, detail: t.pageKind, to: { parent: above.id } as Destination, isChosen: chosen?.parent === above.id })),
  ]
  return (
    <>
      <label className="field">{t.findASpaceOrPage}<input type="search" value={q} onChange={(event) => setQ(event.target.value)} /></label>
      <fieldset className="places">
        <legend className="visually-hidden">{t.moveTo}</legend>
        {options.map(({ key, icon, name, detail, to, isChosen }) => (
          <label key={key}>
            <input type="radio" name="place" checked={isChosen} onChange={() => onChoose(to)} />
            {icon}<span className="grow">{name}</span><small>{detail}</small>
          </label>
        ))}
        {options.length === 0 && <p className="hint">{t.noSpaceOrPageMatches({ query: q })}</p>}
      </fieldset>
    </>
  )
}
