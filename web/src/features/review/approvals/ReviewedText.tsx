// The version that is decided on, in the place of the text: beside the text now, or with what changed.
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { ArrowDown, ArrowUp, X } from 'lucide-react'
import { useRef } from 'react'
import { api } from '../api'
import { t } from '../messages'
import { useApprovals } from '../queries'
import { type Reviewed, sidesOf, viewName, viewsOf } from './reviewed'
import { useMarks } from './useMarks'

interface Props {
  document: string
  view: Reviewed
  onView: (view: Reviewed | null) => void
}

export function ReviewedText({ document, view, onView }: Props) {
  const approvals = useApprovals(document)
  const all = approvals.data ?? []
  const approval = all[0]
  const text = useRef<HTMLDivElement>(null)
  const sides = approval && sidesOf(view, all, approval)
  // The text now changes: it is read again with the request, which says how much.
  const isLive = sides && !sides.to.revision
  const html = useQuery({
    queryKey: ['reviewed', document, sides?.from?.revision, sides?.to.revision, isLive ? approvals.dataUpdatedAt : 0],
    queryFn: () => {
      const { from, to } = sides ?? {}
      if (!from?.revision) return to?.revision ? api.revisionAsHtml(document, to.revision) : ''
      return api.changesAsHtml(document, { from: from.revision, ...(to?.revision && { to: to.revision }), view: 'blocks' })
    },
    enabled: sides !== undefined,
    placeholderData: keepPreviousData,
  })
  const { at, count, go } = useMarks(text, html.data)
  if (!approval || !sides) return null
  const icon = { size: 16, strokeWidth: 1.75 } as const
  const isCompared = sides.from !== null
  const shown = { __html: html.data ?? '' }
  return (
    <article className={view === 'beside' ? 'sheet comparison reviewed wide' : 'sheet comparison reviewed'} aria-label={t.changes}>
      <div className="tools">
        <fieldset className="switch wraps" aria-label={t.lookAt}>
          {viewsOf(all, approval).map((one) => <button key={one} type="button" className="button quiet" aria-pressed={view === one} onClick={() => onView(one)}>{viewName[one]}</button>)}
        </fieldset>
        {isCompared && (
          <>
            <button type="button" className="button quiet" aria-label={t.previousChange} disabled={count === 0} onClick={() => go(-1)}><ArrowUp {...icon} /></button>
            <button type="button" className="button quiet" aria-label={t.nextChange} disabled={count === 0} onClick={() => go(1)}><ArrowDown {...icon} /></button>
            <span role="status">{count === 0 ? (html.isLoading ? '' : t.noChanges) : at === 0 ? t.changesCount({ count }) : t.changeAt({ at, count })}</span>
          </>
        )}
        <button type="button" className="button quiet last" onClick={() => onView(null)}><X {...icon} />{t.backToTheText}</button>
      </div>
      {view !== 'beside' && <h2>{sides.from ? t.fromTo({ from: sides.from.name, to: sides.to.name }) : sides.to.name}</h2>}
      {html.error && <p role="alert" className="notice">{html.error.message}</p>}
      {view === 'beside' ? (
        <div ref={text} className="beside">
          <section className="then">
            <h2>{sides.from?.name} <small>{t.isDecidedOn}</small></h2>
            {/* biome-ignore lint/security/noDangerouslySetInnerHtml: the server writes it from a list of what it allows (PROSE-11) */}
            <div className="tiptap" dangerouslySetInnerHTML={shown} />
          </section>
          <section className="now">
            <h2>{sides.to.name} <small>{count === 0 ? t.isTheSame : t.isNotDecidedOn}</small></h2>
            {/* biome-ignore lint/security/noDangerouslySetInnerHtml: as above */}
            <div className="tiptap" dangerouslySetInnerHTML={shown} />
          </section>
        </div>
      ) : (
        // biome-ignore lint/security/noDangerouslySetInnerHtml: as above
        <div ref={text} className="tiptap" dangerouslySetInnerHTML={shown} />
      )}
    </article>
  )
}
