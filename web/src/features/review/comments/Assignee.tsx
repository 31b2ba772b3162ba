// Who is to take care of a thread, and until when.
import { UserPlus } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { date, endOfDay, isPast, LAST_DAY, toDateField } from '../../../dates'
import { useMembers } from '../../people'
import { type ThreadView, api } from '../api'
import { t } from '../messages'
import { useChange } from './threads'

interface Props {
  document: string
  thread: ThreadView
  /** Whether the reader can assign it. */
  mayAssign: boolean
}

export function Assignee({ document, thread, mayAssign }: Props) {
  const [isOpen, setOpen] = useState(false)
  const members = useMembers(mayAssign && isOpen)
  const id = thread.thread_id
  const close = () => setOpen(false)
  const assign = useChange(document, ({ account, due }: { account: string; due: string }) => api.assignThread(document, id, account, due ? endOfDay(due) : undefined), close)
  const clear = useChange(document, () => api.unassignThread(document, id), close)
  const { assignee, due_at } = thread
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const fields = new FormData(event.currentTarget)
    assign.mutate({ account: String(fields.get('account')), due: String(fields.get('due') ?? '') })
  }
  const failure = members.error ?? assign.error ?? clear.error
  if (!isOpen) {
    return (
      <div className="row assignee">
        {assignee && <small className={isPast(due_at) ? 'overdue' : undefined}>{due_at ? t.assignedToUntil({ name: assignee.name, date: date(due_at) }) : t.assignedTo({ name: assignee.name })}</small>}
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
          {assignee && members.data && !members.data.some(({ account_id }) => account_id === assignee.id) && <option value={assignee.id}>{assignee.name}</option>}
          {members.data?.map(({ account_id, name }) => <option key={account_id} value={account_id}>{name}</option>)}
        </select>
      </label>
      <label className="field">{t.dueDateOptional}<input type="date" name="due" max={LAST_DAY} defaultValue={due_at ? toDateField(new Date(due_at)) : ''} /></label>
      <div className="row">
        <button type="submit" className="button primary" disabled={assign.isPending}>{t.assign}</button>
        {assignee && <button type="button" className="button quiet" onClick={() => clear.mutate(undefined)}>{t.unassign}</button>}
        <button type="button" className="button quiet" onClick={close}>{t.cancel}</button>
      </div>
    </form>
  )
}
