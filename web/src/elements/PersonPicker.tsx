// A field in which people and groups are found by typing and chosen, one or several.
import { X } from 'lucide-react'
import { type KeyboardEvent, useId, useRef, useState } from 'react'
import { t } from '../messages'
import { Avatar } from './Avatar'

export interface Choice {
  /** The kind and the id, such as `person:…`. */
  key: string
  name: string
  /** The email address, or the kind of entry. */
  detail?: string | undefined
  color?: string | undefined
}

interface Props {
  label: string
  choices: Choice[]
  chosen: string[]
  /** Whether only one can be chosen. */
  isSingle?: boolean
  onChange: (chosen: string[]) => void
}

/** More are found by typing further. */
const MOST = 8

/** A text without case and accents. */
const folded = (text: string): string => text.normalize('NFKD').replace(/[\u0300-\u036f]/g, '').toLowerCase()

/** Whether each word that was typed begins a word of the name or the detail. */
export function isMeant(typed: string, { name, detail = '' }: Choice): boolean {
  const words = folded(`${name} ${detail}`).split(/[^\p{L}\p{N}]+/u)
  return folded(typed).split(/\s+/).filter(Boolean).every((part) => words.some((word) => word.startsWith(part)) || folded(detail).startsWith(part))
}

export function PersonPicker({ label, choices, chosen, isSingle, onChange }: Props) {
  const [typed, setTyped] = useState('')
  const [at, setAt] = useState(0)
  const [isOpen, setOpen] = useState(false)
  const field = useRef<HTMLInputElement>(null)
  const [id, list] = [useId(), useId()]
  const taken = choices.filter(({ key }) => chosen.includes(key))
  const offered = choices.filter((one) => !chosen.includes(one.key) && isMeant(typed, one)).slice(0, MOST)
  const current = Math.min(at, offered.length - 1)
  const isFull = isSingle && chosen.length > 0

  const choose = (one: Choice | undefined) => {
    if (!one) return
    onChange(isSingle ? [one.key] : [...chosen, one.key])
    setTyped('')
    setAt(0)
    field.current?.focus()
    // The list closes, so that the fields below can be reached; typing opens it again.
    setOpen(false)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step && offered.length > 0) {
      setOpen(true)
      setAt((current + step + offered.length) % offered.length)
    } else if (event.key === 'Enter' && isOpen && offered.length > 0) choose(offered[current])
    else if (event.key === 'Escape' && isOpen) setOpen(false)
    else if (event.key === 'Backspace' && typed === '' && chosen.length > 0) return onChange(chosen.slice(0, -1))
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  return (
    <div className="field grow picker">
      <label htmlFor={id}>{label}</label>
      <div className="picked">
        {taken.map((one) => (
          <span key={one.key} className="chip">
            {one.name}
            <button type="button" aria-label={t.removeName({ name: one.name })} onClick={() => onChange(chosen.filter((key) => key !== one.key))}><X size={14} strokeWidth={1.75} /></button>
          </span>
        ))}
        <input
          ref={field} id={id} type="text" role="combobox" autoComplete="off" spellCheck={false} value={typed} hidden={isFull}
          placeholder={choices.length === 0 ? t.noOneElseToAdd : t.typeANameOrEmail} aria-expanded={isOpen && offered.length > 0} aria-controls={list} aria-autocomplete="list"
          aria-activedescendant={isOpen && offered[current] ? `${list}-${current}` : undefined}
          onChange={(event) => { setTyped(event.target.value); setAt(0); setOpen(true) }}
          onFocus={() => setOpen(true)} onBlur={() => setOpen(false)} onKeyDown={onKeyDown}
        />
      </div>
      <div id={list} role="listbox" aria-label={label} className="offered" hidden={!isOpen || offered.length === 0}>
        {offered.map((one, index) => (
          // biome-ignore lint/a11y/useFocusableInteractive: the field keeps the focus and names the chosen one
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field takes the keys
          <div key={one.key} id={`${list}-${index}`} role="option" aria-selected={index === current} onMouseDown={(event) => event.preventDefault()} onClick={() => choose(one)}>
            <Avatar name={one.name} color={one.color} /><span className="grow">{one.name}{one.detail && <small>{one.detail}</small>}</span>
          </div>
        ))}
      </div>
      {isOpen && typed !== '' && offered.length === 0 && <small role="status">{t.noOneMatches({ typed })}</small>}
    </div>
  )
}
