// Who is to take care of a thread, and until when.
import { UserPlus } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { date } from '../../../dates'
import { useMembers } from '../../people'
import { type ThreadView, api } from '../api'
import { t } from '../messages'
import { isOverdue } from './overdue'
import { useChange } from './threads'

interface Props {
  document: string
  thread: ThreadView
  /** Whether the reader can assign it. */
  mayAssign: boolean
}

/** A day as the end of it, in the reader's time zone. */
const endOf = (day: string): string | undefined => (day ? new Date(`${day}T23:59:59`).toISOString() : undefined)

export function Assignee({ document, thread, mayAssign }: Props) {
  const [isOpen, setOpen] = useState(false)
  const members = useMembers(mayAssign && isOpen)
  const id = thread.thread_id
  const close = () => setOpen(false)
  const assign = useChange(document, ({ account, due }: { account: string; due: string }) => api.assignThread(document, id, account, endOf(due)), close)
  const clear = useChange(document, () => api.unassignThread(document, id), close)
  const { assignee, due_at } = thread
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const fields = new FormData(event.currentTarget)
    assign.mutate({ account: String(fields.get('account')), due: String(fields.get('due') ?? '') })
  }
  const failure = assign.error ?? clear.error
  if (!isOpen) {
    return (
      <div className="row assignee">
        {assignee && <small className={isOverdue(due_at) ? 'overdue' : undefined}>{due_at ? t.assignedToUntil({ name: assignee.name, date: date(due_at) }) : t.assignedTo({ name: assignee.name })}</small>}
        {mayAssign && <button type="button" className="button quiet" onClick={() => setOpen(true)}><UserPlus size={16} strokeWidth={1.75} aria-hidden="true" />{assignee ? t.changeAssignee : t.assign}</button>}
      </div>
    )
  }
  return (
    <form className="remark" onSubmit={submit}>
      {failure && <p role="alert" className="notice">{failure.message}</p>}
      <label className="field">{t.assignTo}
        <select key={members.data?.length} name="account" required defaultValue={assignee?.id ?? ''}>
          <option value="" disabled>{t.choose}</option>
          {members.data?.map(({ account_id, name }) => <option key={account_id} value={account_id}>{name}</option>)}
        </select>
      </label>
      <label className="field">{t.dueOptional}<input type="date" name="due" defaultValue={due_at?.slice(0, 10) ?? ''} /></label>
      <div className="row">
        <button type="submit" className="button primary" disabled={assign.isPending}>{t.assign}</button>
        {assignee && <button type="button" className="button quiet" onClick={() => clear.mutate(undefined)}>{t.unassign}</button>}
        <button type="button" className="button quiet" onClick={close}>{t.cancel}</button>
      </div>
    </form>
  )
}
