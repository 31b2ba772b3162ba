// The names of kinds and states of documents. A word of a newer server is shown unchanged.
import { t } from './messages'

const STATUS: Record<string, string> = { draft: t.draft, review: t.inReview, approved: t.approved, published: t.published, archived: t.archived }

export const statusName = (status: string): string => STATUS[status] ?? status

/** The kinds of documents, the plain one first. */
export const KINDS: readonly (readonly [kind: string, name: string])[] = [
  ['custom', t.pageKind],
  ['strategy_plan', t.strategyPlan],
  ['market_analysis', t.marketAnalysis],
  ['competitive_analysis', t.competitiveAnalysis],
  ['case_study', t.caseStudy],
  ['pitch_deck', t.pitchDeck],
  ['operational_guide', t.operationalGuide],
  ['research_report', t.researchReport],
]

export const kindName = (kind: string): string => KINDS.find(([known]) => known === kind)?.[1] ?? kind
