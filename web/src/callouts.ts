import { t } from './messages'

/** The kinds of callouts, as GitHub's Markdown names them, with their names in the page. */
export const CALLOUTS = { note: t.calloutNote, tip: t.calloutTip, important: t.calloutImportant, warning: t.calloutWarning, caution: t.calloutCaution }

export type CalloutKind = keyof typeof CALLOUTS

const isKind = (name: unknown): name is CalloutKind => typeof name === 'string' && Object.hasOwn(CALLOUTS, name)
export const calloutKindOf = (name: unknown): CalloutKind => (isKind(name) ? name : 'note')
