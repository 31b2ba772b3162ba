// Who wrote the text: each person's words in their colour, by person and by day.
import { useQuery } from '@tanstack/react-query'
import { useCallback, useEffect, useMemo, useState } from 'react'
import { weekdayDate } from '../../../dates'
import { ServerHtml } from '../../../elements/ServerHtml'
import { type Revision, api } from '../api'
import { t } from '../messages'
import { useRevisions } from '../queries'
import { type Passage, type Writer, choose, makeStops, readAuthors } from './authorMarks'
import { titleOf } from './titles'
import { useImages } from './useImages'
import { useLooked } from './useLooked'

interface Read {
  writers: Writer[]
  days: string[]
  passages: Passage[]
}

/** Shows who wrote an earlier version, or the current text. */
export function WhoWrote({ document, revision }: { document: string; revision?: Revision }) {
  const revisions = useRevisions(document).data
  const html = useQuery({ queryKey: ['changes', document, 'authors', revision?.revision_id], queryFn: () => api.changesAsHtml(document, { ...(revision && { to: revision.revision_id }), view: 'blocks' }) })
  const [text, setText] = useState<HTMLDivElement | null>(null)
  const [{ writers, days, passages }, setRead] = useState<Read>({ writers: [], days: [], passages: [] })
  const [person, setPerson] = useState('')
  const [day, setDay] = useState('')
  const [said, setSaid] = useState('')
  const colors = useMemo(() => new Map((revisions ?? []).flatMap(({ authors }) => authors.map(({ id, color }) => [id, color] as const))), [revisions])
  useImages(document, text, html.data ?? '')
  useEffect(() => {
    if (text && html.data !== undefined) setRead(readAuthors(text, colors))
  }, [text, html.data, colors])
  useEffect(() => (text ? makeStops(text, choose(passages, { person, day })) : undefined), [text, passages, person, day])
  useLooked(text, useCallback((target: Element) => setSaid(target.closest<HTMLElement>('ins')?.title ?? ''), []))
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
        <p className="who" aria-live="polite">{said || <span className="hint">{t.choosePassageToSeeWho}</span>}</p>
      </div>
      <h2>{revision ? t.whoWroteVersion({ version: titleOf(revision) }) : t.whoWroteTheText}</h2>
      {html.error && <p role="alert" className="notice">{html.error.message}</p>}
      {html.isLoading && <p role="status" className="hint">{t.loading}</p>}
      <ServerHtml ref={setText} html={html.data ?? ''} className="authored" />
    </>
  )
}
