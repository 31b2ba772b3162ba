import { date, dateTime, longDate } from '../../../dates'
import type { DocumentView } from '../../library'
import type { Compared } from '../api'
import { t } from '../messages'
import { useApprovals } from '../queries'
import type { Reviewed } from './reviewed'
import { approvers, sinceThen } from './since'

interface Props {
  document: DocumentView
  /** The number of open suggestions. */
  openSuggestions: number
  onCompare: (revision: string, shown: Compared) => void
  onReview: (view: Reviewed) => void
}

/** One line under the title: who is to decide, or who approved which version, and whether the text has changed since. */
export function ApprovalBanner({ document, openSuggestions, onCompare, onReview }: Props) {
  const newest = useApprovals(document.id).data?.[0]
  if (!newest) return null
  const { revision_id, revision_name, revision_created_at, changed_since: since } = newest
  const changes = <button type="button" className="button quiet" onClick={() => onCompare(revision_id, 'now')}>{t.showChanges}</button>
  const without = openSuggestions > 0 && ` · ${t.openSuggestionsNotPart({ count: openSuggestions })}`
  if (newest.state === 'pending') {
    const on = newest.steps.find(({ state }) => state === 'on')
    const waits = on?.people.filter(({ approved }) => !approved).map(({ name }) => name).join(', ')
    return (
      <p className="banner" data-testid="approval">
        {t.waitingFor({ names: waits ?? '' })}
        {newest.current_due_at && <> · <span className={newest.is_overdue ? 'overdue' : undefined}>{(newest.is_overdue ? t.overdueSince : t.dueBy)({ date: date(newest.current_due_at) })}</span></>}
        {since && <> · {t.changedSinceTheRequest({ change: sinceThen(since) })} <button type="button" className="button quiet" onClick={() => onReview('request')}>{t.showChanges}</button></>}
        {without}
      </p>
    )
  }
  if (newest.state !== 'approved' || !newest.decided_at) return null
  const by = { names: approvers(newest), date: longDate(newest.decided_at) }
  const published = revision_name ? t.publishedNamed({ ...by, version: revision_name }) : t.publishedOf({ ...by, version: dateTime(revision_created_at) })
  return (
    <p className="banner" data-testid="approval">
      {document.status === 'published' ? published : t.approvedBy(by)}
      {since && (
        <>
          {' '}· {t.changedSince({ change: sinceThen(since) })}{' '}
          <button type="button" className="button quiet" onClick={() => onCompare(revision_id, 'text')}>{document.status === 'published' ? t.publishedText : t.approvedText}</button>
          {changes}
        </>
      )}
    </p>
  )
}
