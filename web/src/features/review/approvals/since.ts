import { list } from '../../../numbers'
import type { ApprovalView } from '../api'
import { t } from '../messages'

type Since = NonNullable<ApprovalView['changed_since']>

/** How much a text has changed: "+2 −0 words", or that its words are the same. */
export const sinceThen = ({ words_added, words_removed }: Since): string =>
  words_added + words_removed === 0 ? t.formattingOnly : t.wordsAddedAndRemoved({ added: words_added, removed: words_removed })

/** The people who approved, once each. */
export const approvers = ({ acts }: ApprovalView): string => list(new Set(acts.filter(({ act, voided_at }) => act === 'approve' && !voided_at).map(({ by_name }) => by_name)))
