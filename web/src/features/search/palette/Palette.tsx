// The palette: pages, people and actions by what is typed, with the keyboard alone.
import { CornerDownLeft, Search, UserRound, Zap } from 'lucide-react'
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react'
import { useLocation } from 'wouter'
import { toggleTheme } from '../../../theme'
import { PageIcon, useNewPage } from '../../library'
import { type Me, useMembers } from '../../people'
import { Marked } from '../Marked'
import { t } from '../messages'
import { operator } from '../operators'
import { useSettled, useSuggestions } from '../queries'
import { actionsFor, actionsOf, peopleFor } from './choices'

const icon = { size: 14, strokeWidth: 1.75 }

interface Choice {
  key: string
  group: string
  icon: ReactNode
  label: ReactNode
  run: () => void
}

/** The pause in typing before a search, in ms: of several quick keystrokes, only the last one starts a search. */
const PAUSE = 80

export function Palette({ me, onClose }: { me: Me; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  const list = useId()
  const [q, setQ] = useState('')
  const [at, setAt] = useState(0)
  const choices = useChoices(me, q)
  const current = Math.min(at, choices.length - 1)

  function choose(choice: Choice | undefined) {
    if (!choice) return
    dialog.current?.close()
    choice.run()
  }

  function onKeyDown(event: KeyboardEvent) {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (step !== 0) {
      event.preventDefault()
      setAt((current + step + choices.length) % choices.length)
    } else if (event.key === 'Enter' && !event.nativeEvent.isComposing) {
      event.preventDefault()
      choose(choices[current])
    }
  }
  useEffect(() => {
    // The result is not returned as the effect's cleanup: in newer browsers, it is a promise.
    document.getElementById(`${list}-${current}`)?.scrollIntoView({ block: 'nearest' })
  }, [list, current])

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Esc closes a dialog
    <dialog ref={dialog} className="palette" aria-label={t.searchAndCommands} onClose={onClose} onClick={(event) => event.target === dialog.current && dialog.current.close()}>
      <div className="stack">
        <div className="row">
          <Search size={16} strokeWidth={1.75} aria-hidden="true" />
          <input
            type="text" role="combobox" aria-label={t.searchPagesPeopleAnd} placeholder={t.searchPagesPeopleAnd}
            aria-expanded="true" aria-controls={list} aria-activedescendant={choices[current] ? `${list}-${current}` : undefined} aria-autocomplete="list"
            autoComplete="off" spellCheck={false} onKeyDown={onKeyDown} value={q} onChange={(event) => { setQ(event.target.value); setAt(0) }}
          />
        </div>
        <div id={list} role="listbox" aria-label={t.results}>
          {choices.map((choice, index) => (
            <div key={choice.key} role="presentation">
              {choice.group !== choices[index - 1]?.group && <div className="eyebrow" role="presentation">{choice.group}</div>}
              {/* biome-ignore lint/a11y/useKeyWithClickEvents: the input has the keyboard */}
              <div id={`${list}-${index}`} role="option" tabIndex={-1} aria-selected={index === current} onMouseMove={() => setAt(index)} onClick={() => choose(choice)}>
                {choice.icon}<span className="grow">{choice.label}</span>{index === current && <CornerDownLeft {...icon} aria-hidden="true" />}
              </div>
            </div>
          ))}
        </div>
      </div>
    </dialog>
  )
}

function useChoices(me: Me, q: string): Choice[] {
  const [, go] = useLocation()
  const create = useNewPage((id) => go(`/documents/${id}`, { state: { isNew: true } }))
  const found = useSuggestions(useSettled(q, PAUSE))
  const members = useMembers()
  const everywhere = (query: string) => go(`/search?${new URLSearchParams({ q: query })}`)
  const typed = q.trim()
  const actions = actionsFor(q, actionsOf(me, { go, newDocument: () => create.mutate({}), theme: toggleTheme }))
  const pages = (found.data?.items ?? []).map((page): Choice => ({
    key: page.id, group: typed ? t.pages : t.recentlyChanged, icon: <PageIcon icon={page.icon} kind="page" />,
    label: <Marked parts={page.title_parts} />, run: () => go(`/documents/${page.id}`),
  }))
  const people = peopleFor(q, members.data ?? []).map((member): Choice => ({
    key: member.account_id, group: t.people, icon: <UserRound {...icon} aria-hidden="true" />,
    label: <>{t.documentsByName({ name: member.name })}</>, run: () => everywhere(operator('by', member.name)),
  }))
  const whole: Choice[] = typed
    ? [{ key: 'everywhere', group: t.everywhere, icon: <Search {...icon} aria-hidden="true" />, label: <>{t.searchAllTextFor({ query: typed })}</>, run: () => everywhere(typed) }]
    : []
  const commands = actions.map(({ key, name, run }): Choice => ({ key, group: t.actions, icon: <Zap {...icon} aria-hidden="true" />, label: name, run }))
  return [...pages, ...whole, ...people, ...commands]
}
