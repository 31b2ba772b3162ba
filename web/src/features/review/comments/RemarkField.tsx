// A field for a comment: plain text, in which @ mentions a person or a group.
import { type ChangeEvent, type FormEvent, type KeyboardEvent, useId, useRef, useState } from 'react'
import { t } from '../messages'
import type { Mention, Mentionable } from './threads'

interface Props {
  label: string
  action: string
  mentionable: Mentionable[]
  initial?: string
  /** A suggestion needs no comment. */
  mayBeEmpty?: boolean
  busy?: boolean
  autoFocus?: boolean
  onSay: (body: string, mentions: Mention[]) => void
  onCancel?: () => void
}

const MOST_OFFERED = 6

/** The text after the @ before the caret, while it may still become a name. */
const calling = (text: string, caret: number): string | null => /(?:^|\s)@([\p{L}\p{N}.'-]*(?: [\p{L}\p{N}.'-]*)?)$/u.exec(text.slice(0, caret))?.[1] ?? null

export function RemarkField({ label, action, mentionable, initial = '', mayBeEmpty = false, busy = false, autoFocus = false, onSay, onCancel }: Props) {
  const [body, setBody] = useState(initial)
  const [query, setQuery] = useState<string | null>(null)
  const [chosen, setChosen] = useState(0)
  const field = useRef<HTMLTextAreaElement>(null)
  const list = useId()
  const offered = query === null ? [] : mentionable.filter(({ name }) => name.toLowerCase().includes(query.toLowerCase())).slice(0, MOST_OFFERED)

  const look = () => {
    const at = field.current
    setQuery(at ? calling(at.value, at.selectionStart) : null)
    setChosen(0)
  }
  const call = ({ name }: Mentionable) => {
    const at = field.current
    if (!at || query === null) return
    const start = at.selectionStart - query.length
    setBody(`${body.slice(0, start)}${name} ${body.slice(at.selectionStart)}`)
    setQuery(null)
    const caret = start + name.length + 1
    requestAnimationFrame(() => {
      at.focus()
      at.setSelectionRange(caret, caret)
    })
  }
  const ready = body.trim() !== '' || mayBeEmpty
  const say = () => {
    if (!ready || busy) return
    // A name that was mentioned and then deleted is not a mention.
    const mentions = mentionable.filter(({ name }) => body.includes(`@${name}`)).map(({ kind, id }) => ({ kind, id }))
    onSay(body.trim(), mentions)
    setBody('')
  }
  const onSubmit = (event: FormEvent) => {
    event.preventDefault()
    say()
  }
  const onChange = (event: ChangeEvent<HTMLTextAreaElement>) => {
    setBody(event.target.value)
    look()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (offered.length > 0) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
      if (step) setChosen((chosen + step + offered.length) % offered.length)
      else if (event.key === 'Enter' || event.key === 'Tab') call(offered[chosen] as Mentionable)
      else if (event.key === 'Escape') setQuery(null)
      else return
      event.preventDefault()
      event.stopPropagation()
    } else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault()
      say()
    } else if (event.key === 'Escape' && onCancel) {
      event.stopPropagation()
      onCancel()
    }
  }
  return (
    <form className="remark" onSubmit={onSubmit}>
      <textarea
        ref={field} value={body} rows={2} maxLength={10_000} aria-label={label} placeholder={label}
        aria-autocomplete="list" aria-haspopup="listbox" aria-controls={list}
        aria-activedescendant={offered.length > 0 ? `${list}-${chosen}` : undefined}
        // biome-ignore lint/a11y/noAutofocus: it opens because somebody asked to write here
        autoFocus={autoFocus}
        onChange={onChange} onSelect={look} onKeyDown={onKeyDown}
      />
      <div id={list} role="listbox" aria-label={t.peopleAndGroups} className="offered" hidden={offered.length === 0}>
        {offered.map((one, index) => (
          // biome-ignore lint/a11y/useFocusableInteractive: the field keeps the focus and names the chosen one
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field takes the keys
          <div key={one.id} id={`${list}-${index}`} role="option" aria-selected={index === chosen} onMouseDown={(event) => event.preventDefault()} onClick={() => call(one)}>
            {one.name}{one.kind === 'group' && <small> {t.group}</small>}
          </div>
        ))}
      </div>
      <div className="row">
        <button type="submit" className="button primary" disabled={!ready || busy}>{action}</button>
        {onCancel && <button type="button" className="button quiet" onClick={onCancel}>{t.cancel}</button>}
      </div>
    </form>
  )
}
