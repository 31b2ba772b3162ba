// Who wrote the text: each person's words in their colour, by person and by day.
import { useQuery } from '@tanstack/react-query'
import { useEffect, useMemo, useState } from 'react'
import { toDateField, weekdayDate } from '../../../dates'
import { api } from '../api'
import { t } from '../messages'
import { useRevisions } from '../queries'
import { useImages } from './ComparedText'

/** Colours for people whose own is not known, dark enough for text in both themes' tints. */
const COLORS = ['#2563a8', '#a8322a', '#2f7d32', '#7a3fa0', '#a06a00', '#00797a', '#b0306f', '#55595f']

interface Writer {
  id: string
  name: string
  color: string
}

const dayOf = (at: string | undefined): string => (at ? toDateField(new Date(at)) : '')

export function WhoWrote({ document }: { document: string }) {
  const revisions = useRevisions(document).data
  const html = useQuery({ queryKey: ['changes', document, 'authors'], queryFn: () => api.changesAsHtml(document, { view: 'blocks' }) })
  const [text, setText] = useState<HTMLDivElement | null>(null)
  useImages(document, text, html.data ?? '')
  const [writers, setWriters] = useState<Writer[]>([])
  const [days, setDays] = useState<string[]>([])
  const [person, setPerson] = useState('')
  const [day, setDay] = useState('')
  const [said, setSaid] = useState('')
  const colors = useMemo(() => new Map((revisions ?? []).flatMap(({ authors }) => authors.map(({ id, color }) => [id, color] as const))), [revisions])
  useEffect(() => {
    if (!text || html.data === undefined) return
    const found = new Map<string, Writer>()
    const written = new Set<string>()
    for (const mark of text.querySelectorAll<HTMLElement>('ins')) {
      const { by, byName, first, last } = mark.dataset
      if (!by || !byName) continue
      const writer = found.get(by) ?? { id: by, name: byName, color: colors.get(by) || (COLORS[found.size % COLORS.length] ?? '') }
      found.set(by, writer)
      mark.style.setProperty('--person', writer.color)
      mark.title = first ? t.writtenBy({ name: byName, date: weekdayDate(first) }) : byName
      mark.tabIndex = 0
      for (const at of [first, last]) if (at) written.add(dayOf(at))
    }
    setWriters([...found.values()].toSorted((a, b) => a.name.localeCompare(b.name)))
    setDays([...written].toSorted().toReversed())
  }, [text, html.data, colors])
  useEffect(() => {
    for (const mark of (html.data !== undefined && text?.querySelectorAll<HTMLElement>('ins')) || []) {
      const { by, first, last } = mark.dataset
      const isOfDay = !day || (dayOf(first) <= day && day <= dayOf(last))
      mark.classList.toggle('faded', !by || (person !== '' && by !== person) || !isOfDay)
    }
  }, [text, html.data, person, day])
  useEffect(() => {
    const look = ({ target }: Event) => setSaid(target instanceof Element ? (target.closest('ins')?.getAttribute('title') ?? '') : '')
    text?.addEventListener('focusin', look)
    text?.addEventListener('click', look)
    return () => {
      text?.removeEventListener('focusin', look)
      text?.removeEventListener('click', look)
    }
  }, [text])
  return (
    <>
      <div className="compare-tools">
        <fieldset className="legend" aria-label={t.authors}>
          <button type="button" className="button quiet" aria-pressed={person === ''} onClick={() => setPerson('')}>{t.everybody}</button>
          {writers.map(({ id, name, color }) => (
            <button key={id} type="button" className="button quiet" aria-pressed={person === id} onClick={() => setPerson(person === id ? '' : id)}>
              <span className="dot" style={{ '--person': color } as React.CSSProperties} />{name}
            </button>
          ))}
          {days.length > 1 && (
            <label className="version">{t.day}
              <select value={day} onChange={({ target }) => setDay(target.value)}>
                <option value="">{t.allDays}</option>
                {days.map((one) => <option key={one} value={one}>{weekdayDate(`${one}T12:00:00`)}</option>)}
              </select>
            </label>
          )}
        </fieldset>
        <p className="who" aria-live="polite">{said}</p>
      </div>
      <h2>{t.whoWroteTheText}</h2>
      {html.error && <p role="alert" className="notice">{html.error.message}</p>}
      {html.isLoading && <p role="status" className="hint">{t.loading}</p>}
      {/* biome-ignore lint/security/noDangerouslySetInnerHtml: the server writes it from a list of what it allows (PROSE-11) */}
      <div ref={setText} className="tiptap authored" dangerouslySetInnerHTML={{ __html: html.data ?? '' }} />
    </>
  )
}
