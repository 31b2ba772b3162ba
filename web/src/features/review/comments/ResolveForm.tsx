import type { Outcome } from '../api'
import { t } from '../messages'
import { OUTCOMES } from './threads'

interface Props {
  onResolve: (wish: { outcome: Outcome | null; note: string }) => void
  onCancel: () => void
}

/** Resolves a thread, with a note, and an outcome if something was decided. */
export function ResolveForm({ onResolve, onCancel }: Props) {
  return (
    <form
      className="remark"
      onSubmit={(event) => {
        event.preventDefault()
        const fields = new FormData(event.currentTarget)
        onResolve({ outcome: (fields.get('outcome') || null) as Outcome | null, note: String(fields.get('note') ?? '') })
      }}
    >
      <label className="field">{t.outcome}
        {/* biome-ignore lint/a11y/noAutofocus: it opens because somebody asked to resolve, perhaps by a key */}
        <select name="outcome" autoFocus><option value="">{t.noOutcome}</option>{OUTCOMES.map(({ value, label }) => <option key={value} value={value}>{label}</option>)}</select>
      </label>
      <label className="field">{t.noteOptional}<input name="note" maxLength={2_000} /></label>
      <div className="row">
        <button type="submit" className="button primary">{t.resolveComment}</button>
        <button type="button" className="button quiet" onClick={onCancel}>{t.cancel}</button>
      </div>
    </form>
  )
}
