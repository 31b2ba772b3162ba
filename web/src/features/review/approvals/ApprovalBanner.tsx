import { longDate } from '../../../dates'
import { useApprovals } from '../queries'

/** One line under the title: who approved the text, and whether it has changed since. */
export function ApprovalBanner({ document, onCompare }: { document: string; onCompare: (revision: string) => void }) {
  const newest = useApprovals(document).data?.[0]
  if (newest?.state === 'pending') {
    const on = newest.steps.find(({ state }) => state === 'on')
    const waits = on?.people.filter(({ approved }) => !approved).map(({ name }) => name).join(', ')
    return <p className="banner" data-testid="approval">In review: waits for {waits}</p>
  }
  if (newest?.state !== 'approved' || !newest.decided_at) return null
  const names = [...new Set(newest.acts.filter(({ act }) => act === 'approve').map(({ by_name }) => by_name))]
  const since = newest.changed_since
  return (
    <p className="banner" data-testid="approval">
      Approved by {names.join(' and ')} on {longDate(newest.decided_at)}
      {since && (
        <>
          {' '}· changed since: +{since.words_added} −{since.words_removed} words{' '}
          <button type="button" className="button quiet" onClick={() => onCompare(newest.revision_id)}>Compare</button>
        </>
      )}
    </p>
  )
}
