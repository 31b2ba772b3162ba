import { useTitles } from '../../library'
import { useMembers } from '../../people'
import type { Decision, DecisionRange } from '../api'
import { t } from '../messages'

interface Props {
  range: DecisionRange
  /** The listed decisions: the field for a document offers their documents. */
  known: Decision[]
  /** Whether open questions are listed: these have no person who decided, and no time. */
  isOpen: boolean
  onChange: (range: DecisionRange) => void
}

const KINDS: [DecisionRange['kind'], string][] = [['', t.allKinds], ['approval', t.approvalsKind], ['comment', t.commentsKind], ['suggestion', t.suggestionsKind]]

/** Which decisions are listed: of a document, by a person, of a kind, in a time. */
export function DecisionFilters({ range, known, isOpen, onChange }: Props) {
  const members = useMembers()
  const titles = new Map(known.map(({ document_id, title }) => [document_id, title]))
  const named = useTitles(range.document && !titles.has(range.document) ? [range.document] : [])
  if (range.document && !titles.has(range.document)) titles.set(range.document, named.get(range.document) ?? t.thisDocument)
  const set = (change: Partial<DecisionRange>) => onChange({ ...range, ...change })
  const isRestricted = Object.values(range).some(Boolean)
  return (
    <search className="row wraps filters">
      <label className="field">{t.kindOfDecision}
        <select value={range.kind} onChange={(event) => set({ kind: KINDS.find(([kind]) => kind === event.target.value)?.[0] ?? '' })}>
          {KINDS.filter(([kind]) => !isOpen || kind !== 'suggestion' || range.kind === kind).map(([kind, name]) => <option key={kind} value={kind}>{name}</option>)}
        </select>
      </label>
      <label className="field">{t.document}
        <select value={range.document} onChange={(event) => set({ document: event.target.value })}>
          <option value="">{t.allDocuments}</option>
          {[...titles].map(([id, title]) => <option key={id} value={id}>{title}</option>)}
        </select>
      </label>
      {!isOpen && (
        <>
          <label className="field">{t.decidedBy}
            <select value={range.person} onChange={(event) => set({ person: event.target.value })}>
              <option value="">{t.everybody}</option>
              {(members.data ?? []).map(({ account_id, name }) => <option key={account_id} value={account_id}>{name}</option>)}
            </select>
          </label>
          <label className="field">{t.fromDay}<input type="date" value={range.since} max={range.until || undefined} onChange={(event) => set({ since: event.target.value })} /></label>
          <label className="field">{t.toDay}<input type="date" value={range.until} min={range.since || undefined} onChange={(event) => set({ until: event.target.value })} /></label>
        </>
      )}
      {isRestricted && <button type="button" className="button quiet" onClick={() => onChange({ document: '', person: '', kind: '', since: '', until: '' })}>{t.clearFilters}</button>}
    </search>
  )
}
