import { t } from '../messages'
import { useAssignments, useInbox, useRead } from '../queries'
import { Waiting } from './Waiting'
import { sorted } from './sorted'

/** What waits for the account, on the home page; nothing is shown if there is none. */
export function NeedsAction() {
  const { data: all = [] } = useInbox()
  const { data: assignments = [] } = useAssignments()
  const read = useRead()
  return <Waiting title={t.waitingForYou} assignments={assignments} waiting={sorted(all, assignments).waiting} all={all} onRead={read.mutate} />
}
