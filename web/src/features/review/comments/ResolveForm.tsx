import type { Outcome } from '../api'
import { OUTCOMES } from './threads'

interface Props {
  onResolve: (wish: { outcome: Outcome; note: string }) => void
  onCancel: () => void
}

/** Resolves a thread, with an outcome and a reason. */
export function ResolveForm({ onResolve, onCancel }: Props) {
  return (
    <form
      className="remark"
      onSubmit={(event) => {
        event.preventDefault()
        const fields = new FormData(event.currentTarget)
        onResolve({ outcome: fields.get('outcome') as Outcome, note: String(fields.get('note') ?? '') })
      }}
    >
      <label className="field">Outcome
        <select name="outcome">{OUTCOMES.map(({ value, label }) => <option key={value} value={value}>{label}</option>)}</select>
      </label>
      <label className="field">What was decided, and why (optional)<input name="note" maxLength={2_000} /></label>
      <div className="row">
        <button type="submit" className="button primary">Resolve it</button>
        <button type="button" className="button quiet" onClick={onCancel}>Cancel</button>
      </div>
    </form>
  )
}
