// The suggestions of a document, beside its text.
import { ArrowDown, ArrowUp, X } from 'lucide-react'
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from 'react'
import { keepFocus } from '../../../elements/keepFocus'
import { type Right, mayEdit } from '../../../rights'
import type { ThreadView } from '../../review'
import type { Kind, SuggestionView } from '../api'
import { useDecide, useDecideMany } from '../decisions'
import { t } from '../messages'
import { EVERYTHING, type Filter, authorsOf, filtered, inTextOrder, neighbour } from '../order'
import { useClosedSuggestions } from '../queries'
import { KINDS } from '../shown/words'
import { DecideMany } from './DecideMany'
import { focusCard } from './focusCard'
import { SuggestionCard } from './SuggestionCard'

interface Props {
  document: string
  suggestions: readonly SuggestionView[]
  threads: readonly ThreadView[]
  me: { id: string; isGuest: boolean }
  right: Right
  active: string | null
  colorOf: (author: string) => string | undefined
  /** The tabs that switch between panels. */
  tabs: ReactNode
  onActive: (suggestion: string | null) => void
  onClose: () => void
}

/** More cards than this are shown on demand: each has a discussion. */
const MOST_SHOWN = 100
const icon = { size: 16, strokeWidth: 1.75, 'aria-hidden': true } as const

export function SuggestionsPanel({ document, suggestions, threads, me, right, active, colorOf, tabs, onActive, onClose }: Props) {
  const [isClosedShown, setClosedShown] = useState(false)
  const [filter, setFilter] = useState<Filter>(EVERYTHING)
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const [most, setMost] = useState(MOST_SHOWN)
  const closed = useClosedSuggestions(document, isClosedShown || (active !== null && !suggestions.some(({ id }) => id === active)))
  const decide = useDecide(document)
  const many = useDecideMany(document)
  // The list switches to the list of the active suggestion only when that is opened, not when it is decided on.
  const opened = useRef<string | null>(null)
  useEffect(() => {
    if (!active || opened.current === active) return
    const isOpen = suggestions.some(({ id }) => id === active)
    if (!isOpen && !closed.data?.some(({ id }) => id === active)) return
    opened.current = active
    setClosedShown(!isOpen)
  }, [active, suggestions, closed.data])
  const all = isClosedShown ? (closed.data ?? []) : suggestions
  const listed = isClosedShown ? filtered(all, filter).toSorted((a, b) => b.updated_at.localeCompare(a.updated_at)) : inTextOrder(filtered(all, filter))
  const at = listed.findIndex(({ id }) => id === active)
  const shown = listed.slice(0, Math.max(most, at + 1))
  const mayDecide = mayEdit(right)
  const go = (step: 1 | -1) => {
    const next = neighbour(listed, active, step)
    if (!next) return
    onActive(next.id)
    focusCard(next.id)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || (event.target instanceof Element && event.target.closest('input:not([type=checkbox]), textarea, select'))) return
    const key = event.key.toLowerCase()
    const current = listed[at]
    const isOpen = current?.state === 'open'
    if (key === 'j' || event.key === 'ArrowDown') go(1)
    else if (key === 'k' || event.key === 'ArrowUp') go(-1)
    // A key that is held down makes only one decision.
    else if (event.repeat || decide.isPending) return
    else if (key === 'a' && isOpen && mayDecide) decideAndGo(current, 'accept')
    else if (key === 'r' && isOpen && mayDecide) decideAndGo(current, 'reject')
    else return
    event.preventDefault()
  }
  const decideAndGo = ({ id }: SuggestionView, act: 'accept' | 'reject') => {
    const next = neighbour(listed, id, 1)
    decide.mutate({ id, verdict: act === 'reject' ? { act, note: '' } : { act } }, {
      onSuccess: () => {
        if (!next || next.id === id) return
        onActive(next.id)
        focusCard(next.id)
      },
    })
  }
  const choose = (id: string) => (isChosen: boolean) => setChosen(isChosen ? new Set([...chosen, id]) : new Set([...chosen].filter((one) => one !== id)))
  const failure = decide.error ?? many.error ?? closed.error
  return (
    <aside ref={keepFocus} className="panel suggestions" aria-label={t.suggestions} onKeyDown={onKeyDown}>
      <div className="row">
        {tabs}
        <button type="button" className="button quiet" aria-label={t.previousSuggestion} disabled={listed.length === 0} onClick={() => go(-1)}><ArrowUp {...icon} /></button>
        <button type="button" className="button quiet" aria-label={t.nextSuggestion} disabled={listed.length === 0} onClick={() => go(1)}><ArrowDown {...icon} /></button>
        <button type="button" className="button quiet" aria-label={t.closeTheSuggestions} onClick={onClose}><X {...icon} /></button>
      </div>
      <fieldset className="switch" aria-label={t.whichSuggestions}>
        <button type="button" className="button quiet" aria-pressed={!isClosedShown} onClick={() => setClosedShown(false)}>{t.openCount({ count: suggestions.length })}</button>
        <button type="button" className="button quiet" aria-pressed={isClosedShown} onClick={() => setClosedShown(true)}>{t.decided}</button>
      </fieldset>
      {all.length > 1 && (
        <div className="row filters">
          <label className="field grow">{t.suggestedBy}
            <select value={filter.author} onChange={(event) => setFilter({ ...filter, author: event.currentTarget.value })}>
              <option value="">{t.everyone}</option>
              {authorsOf(all).map(({ id, name }) => <option key={id} value={id}>{name}</option>)}
            </select>
          </label>
          <label className="field grow">{t.kind}
            <select value={filter.kind} onChange={(event) => setFilter({ ...filter, kind: event.currentTarget.value as Kind | '' })}>
              <option value="">{t.allKinds}</option>
              {KINDS.map(({ value, label }) => <option key={value} value={value}>{label}</option>)}
            </select>
          </label>
        </div>
      )}
      {mayDecide && !isClosedShown && listed.length > 1 && <DecideMany listed={listed} chosen={chosen} filter={filter} busy={many.isPending} onDecide={(verdict, which) => many.mutate({ verdict, which }, { onSuccess: () => setChosen(new Set()) })} />}
      {many.data && many.data.refused.length > 0 && (
        <p role="status" className="notice warn">{many.variables?.verdict === 'reject' ? t.notRejected({ count: many.data.refused.length }) : t.notApplied({ count: many.data.refused.length })}</p>
      )}
      {failure && <p role="alert" className="notice">{failure.message}</p>}
      <ul className="plain threads" aria-label={isClosedShown ? t.decidedSuggestions : t.openSuggestions}>
        {shown.map((one) => (
          <SuggestionCard
            key={one.id} document={document} suggestion={one} thread={threads.find(({ thread_id }) => thread_id === one.id)}
            conflicts={suggestions.filter(({ id }) => one.conflicts.includes(id))} me={me} right={right} color={one.color ?? colorOf(one.author)}
            isActive={one.id === active} isChosen={chosen.has(one.id)} onOpen={() => onActive(one.id)} onChoose={mayDecide ? choose(one.id) : undefined}
          />
        ))}
      </ul>
      {shown.length < listed.length && <button type="button" className="button" onClick={() => setMost(most + MOST_SHOWN)}>{t.showMore({ count: Math.min(MOST_SHOWN, listed.length - shown.length) })}</button>}
      {listed.length === 0 && <p className="hint">{isClosedShown ? t.nothingDecided : all.length > 0 ? t.noneMatch : t.noneOpen}</p>}
    </aside>
  )
}
