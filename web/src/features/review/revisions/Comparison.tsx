// A revision compared with the text now, or with the revision before it: insertions underlined, deletions struck. Or the
// text of the revision alone.
import { useQuery } from '@tanstack/react-query'
import { ArrowDown, ArrowUp } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { type Compared, type Revision, api } from '../api'
import { t } from '../messages'
import { useRevisions } from '../queries'
import { titleOf } from './titles'

interface Props {
  document: string
  revision: Revision
  /** What is shown first. */
  shown: Compared
}

/** The first mark of each change: marks side by side are one change. */
function changesIn(text: HTMLElement): HTMLElement[] {
  return [...text.querySelectorAll<HTMLElement>('ins, del')].filter((mark) => {
    const before = mark.previousSibling
    return !(before instanceof HTMLElement && (before.tagName === 'INS' || before.tagName === 'DEL'))
  })
}

export function Comparison({ document, revision, shown }: Props) {
  const all = useRevisions(document).data ?? []
  const previous = all[all.findIndex(({ revision_id }) => revision_id === revision.revision_id) + 1]
  const [against, setAgainst] = useState<Compared>(shown)
  const [at, setAt] = useState(0)
  const [count, setCount] = useState(0)
  const text = useRef<HTMLDivElement>(null)
  const between = against === 'now' ? { from: revision.revision_id } : { ...(previous && { from: previous.revision_id }), to: revision.revision_id }
  const html = useQuery({
    queryKey: ['changes', document, against === 'text' ? revision.revision_id : between],
    queryFn: () => (against === 'text' ? api.revisionAsHtml(document, revision.revision_id) : api.changesAsHtml(document, between)),
  })
  useEffect(() => {
    setCount(text.current && html.data !== undefined ? changesIn(text.current).length : 0)
    setAt(0)
  }, [html.data])
  const go = (step: number) => {
    if (!text.current || count === 0) return
    const next = at === 0 && step < 0 ? count : ((at - 1 + step + count) % count) + 1
    setAt(next)
    const marks = changesIn(text.current)
    for (const [index, mark] of marks.entries()) mark.classList.toggle('looked', index === next - 1)
    marks[next - 1]?.scrollIntoView({ block: 'center' })
  }
  const icon = { size: 16, strokeWidth: 1.75 } as const
  return (
    <article className="sheet comparison" aria-label={t.changes}>
      <div className="tools">
        <fieldset className="switch" aria-label={t.compareWith}>
          <button type="button" className="button quiet" aria-pressed={against === 'now'} onClick={() => setAgainst('now')}>{t.compareWithNow}</button>
          <button type="button" className="button quiet" aria-pressed={against === 'before'} onClick={() => setAgainst('before')}>{t.compareWithPrevious}</button>
          <button type="button" className="button quiet" aria-pressed={against === 'text'} onClick={() => setAgainst('text')}>{t.textOfThisVersion}</button>
        </fieldset>
        {against !== 'text' && (
          <>
            <button type="button" className="button quiet" aria-label={t.previousChange} disabled={count === 0} onClick={() => go(-1)}><ArrowUp {...icon} /></button>
            <button type="button" className="button quiet" aria-label={t.nextChange} disabled={count === 0} onClick={() => go(1)}><ArrowDown {...icon} /></button>
            <span role="status">{count === 0 ? (html.isLoading ? '' : t.noChanges) : at === 0 ? t.changesCount({ count }) : t.changeAt({ at, count })}</span>
          </>
        )}
      </div>
      <h2>{{ now: t.changesSince, before: t.changesIn, text: t.textOf }[against]({ version: titleOf(revision) })}</h2>
      {html.error && <p role="alert" className="notice">{html.error.message}</p>}
      {/* biome-ignore lint/security/noDangerouslySetInnerHtml: the server writes it from a list of what it allows (PROSE-11) */}
      <div ref={text} className="tiptap" dangerouslySetInnerHTML={{ __html: html.data ?? '' }} />
    </article>
  )
}
