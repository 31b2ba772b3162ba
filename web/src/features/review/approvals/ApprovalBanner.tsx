import { dateTime, longDate } from '../../../dates'
import type { DocumentView } from '../../library'
import type { ApprovalView, Compared } from '../api'
import { useApprovals } from '../queries'
import { sinceThen } from './since'

interface Props {
  document: DocumentView
  onCompare: (revision: string, shown: Compared) => void
}

/** The people who approved, once each. */
const approvers = ({ acts }: ApprovalView) => [...new Set(acts.filter(({ act }) => act === 'approve').map(({ by_name }) => by_name))].join(' and ')

/** One line under the title: who is to decide, or who approved which version, and whether the text has changed since. */
export function ApprovalBanner({ document, onCompare }: Props) {
  const newest = useApprovals(document.id).data?.[0]
  if (!newest) return null
  const { revision_id, revision_name, revision_created_at, changed_since: since } = newest
  const changes = <button type="button" className="button quiet" onClick={() => onCompare(revision_id, 'now')}>Show changes</button>
  if (newest.state === 'pending') {
    const on = newest.steps.find(({ state }) => state === 'on')
    const waits = on?.people.filter(({ approved }) => !approved).map(({ name }) => name).join(', ')
    return (
      <p className="banner" data-testid="approval">
        In review – waiting for {waits}
        {since && <> · changed since the request: {sinceThen(since)} {changes}</>}
      </p>
    )
  }
  if (newest.state !== 'approved' || !newest.decided_at) return null
  const approved = `pproved by ${approvers(newest)} on ${longDate(newest.decided_at)}`
  return (
    <p className="banner" data-testid="approval">
      {document.status === 'published' ? `Published: version ${revision_name ? `“${revision_name}”` : `of ${dateTime(revision_created_at)}`}, a${approved}` : `A${approved}`}
      {since && (
        <>
          {' '}· changed since: {sinceThen(since)}{' '}
          <button type="button" className="button quiet" onClick={() => onCompare(revision_id, 'text')}>{document.status === 'published' ? 'Published text' : 'Approved text'}</button>
          {changes}
        </>
      )}
    </p>
  )
}
