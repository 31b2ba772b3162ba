import { t } from '../messages'

/** The kinds of callouts, as GitHub's Markdown names them, with what they are called. */
export const CALLOUTS = { note: t.calloutNote, tip: t.calloutTip, important: t.calloutImportant, warning: t.calloutWarning, caution: t.calloutCaution }

export type Kind = keyof typeof CALLOUTS

export const isKind = (name: unknown): name is Kind => typeof name === 'string' && Object.hasOwn(CALLOUTS, name)
export const kindOf = (name: unknown): Kind => (isKind(name) ? name : 'note')
