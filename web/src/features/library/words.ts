// The names of kinds and states of documents. A word of a newer server is shown unchanged.

const STATUS: Record<string, string> = { draft: 'Draft', review: 'In review', approved: 'Approved', published: 'Published', archived: 'Archived' }

export const statusName = (status: string): string => STATUS[status] ?? status

/** The kinds of documents, the plain one first. */
export const KINDS: readonly (readonly [kind: string, name: string])[] = [
  ['custom', 'Page'],
  ['strategy_plan', 'Strategy plan'],
  ['market_analysis', 'Market analysis'],
  ['competitive_analysis', 'Competitive analysis'],
  ['case_study', 'Case study'],
  ['pitch_deck', 'Pitch deck'],
  ['operational_guide', 'Operational guide'],
  ['research_report', 'Research report'],
]

export const kindName = (kind: string): string => KINDS.find(([known]) => known === kind)?.[1] ?? kind
