import { useState } from 'react'
import { LAST_DAY, date, endOfDay, toDateField } from '../../../dates'
import { type ApprovalView, api } from '../api'
import { t } from '../messages'

interface Props {
  document: string
  approval: ApprovalView
  /** Whether the reader requested it, or administers the document. */
  mayChange: boolean
  busy: boolean
  onMove: (act: () => Promise<unknown>) => void
}

/** When the decision is wanted. Its requester can change it. */
export function DueDate({ document, approval, mayChange, busy, onMove }: Props) {
  const [isChanging, setChanging] = useState(false)
  const { approval_id, current_due_at: due, is_overdue } = approval
  const set = (day: string) => {
    setChanging(false)
    onMove(() => api.setDue(document, approval_id, day ? endOfDay(day) : null))
  }
  const today = toDateField(new Date())
  const before = approval.due_at ? toDateField(new Date(approval.due_at)) : ''
  if (isChanging) {
    return (
      <form className="row wraps" onSubmit={(event) => { event.preventDefault(); set(String(new FormData(event.currentTarget).get('due') ?? '')) }}>
        <label className="field grow">{t.dueDateOptional}<input type="date" name="due" min={before && before < today ? before : today} max={LAST_DAY} defaultValue={before} /></label>
        <button type="submit" className="button" disabled={busy}>{t.save}</button>
        <button type="button" className="button quiet" onClick={() => setChanging(false)}>{t.cancel}</button>
      </form>
    )
  }
  if (!due && !mayChange) return null
  return (
    <p className="due">
      {due && <span className={is_overdue ? 'overdue' : undefined}>{(is_overdue ? t.overdueSince : t.dueBy)({ date: date(due) })}</span>}
      {mayChange && <button type="button" className="button quiet" disabled={busy} onClick={() => setChanging(true)}>{due ? t.changeDueDate : t.setDueDate}</button>}
    </p>
  )
}
