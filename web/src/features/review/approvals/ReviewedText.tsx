// The version that is decided on, in place of the text: side by side with the current text, or with the changes.
import { useQuery } from '@tanstack/react-query'
import { X } from 'lucide-react'
import { useCallback, useState } from 'react'
import { api } from '../api'
import { t } from '../messages'
import { useApprovals } from '../queries'
import type { ChangeMarks } from '../revisions/changeMarks'
import { ChangeSteps, WhoChanged } from '../revisions/ChangeSteps'
import { ComparedText } from '../revisions/ComparedText'
import { readingFocus } from '../revisions/readingFocus'
import { type Reviewed, sidesOf, viewName, viewsOf } from './reviewed'

interface Props {
  document: string
  view: Reviewed
  onView: (view: Reviewed | null) => void
}

export function ReviewedText({ document, view, onView }: Props) {
  const approvals = useApprovals(document)
  const all = approvals.data ?? []
  const approval = all[0]
  const [changes, setChanges] = useState<ChangeMarks[] | null>(null)
  const [at, setAt] = useState<number | null>(null)
  const restart = useCallback((found: ChangeMarks[]) => {
    setChanges(found)
    setAt(null)
  }, [])
  const sides = approval && sidesOf(view, all, approval)
  const isBeside = view === 'beside'
  // The current text may change: it is read again whenever the request is, because that says how much has changed.
  const isLive = sides && !sides.to.revision
  const html = useQuery({
    queryKey: ['reviewed', document, view, sides?.from?.revision, sides?.to.revision, isLive ? approvals.dataUpdatedAt : 0],
    queryFn: () => {
      const { from, to } = sides ?? {}
      if (!from?.revision) return to?.revision ? api.revisionAsHtml(document, to.revision) : ''
      return api.changesAsHtml(document, { from: from.revision, ...(to?.revision && { to: to.revision }), view: isBeside ? 'sides' : 'blocks' })
    },
    enabled: sides !== undefined,
    // The text that was shown stays until the current one has been read again.
    placeholderData: (before, query) => (String(query?.queryKey.slice(2, 5)) === String([view, sides?.from?.revision, sides?.to.revision]) ? before : undefined),
  })
  if (!approval || !sides) return null
  const shown = html.data === undefined ? null : changes
  return (
    <article ref={readingFocus} className={isBeside ? 'sheet comparison reviewed wide' : 'sheet comparison reviewed'} aria-label={t.changes}>
      <div className="tools">
        <fieldset className="switch wraps" aria-label={t.lookAt}>
          {viewsOf(all, approval).map((one) => <button key={one} type="button" className="button quiet" aria-pressed={view === one} onClick={() => onView(one)}>{viewName[one]}</button>)}
        </fieldset>
        {sides.from && <ChangeSteps changes={shown} at={at} onLook={setAt} />}
        <button type="button" className="button quiet last" onClick={() => onView(null)}><X size={16} strokeWidth={1.75} />{t.backToTheText}</button>
      </div>
      {sides.from && <WhoChanged changes={shown} at={at} />}
      {html.error && <p role="alert" className="notice">{html.error.message}</p>}
      {isBeside ? (
        <div className="pair heads">
          <h2>{sides.from?.name} <small>{t.isDecidedOn}</small></h2>
          <h2>{sides.to.name} <small>{shown?.length === 0 && !html.error ? t.isTheSame : t.isNotDecidedOn}</small></h2>
        </div>
      ) : (
        <h2>{sides.from ? t.fromTo({ from: sides.from.name, to: sides.to.name }) : sides.to.name}</h2>
      )}
      {html.isLoading && <p role="status" className="hint">{t.loading}</p>}
      <ComparedText document={document} html={html.data ?? ''} isSideBySide={isBeside} at={at} onChanges={restart} onLook={setAt} onRestore={null} />
    </article>
  )
}
