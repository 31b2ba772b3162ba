import type { SuggestionView } from '../api'
import { t } from '../messages'
import { blockName, formatNames, plainText } from '../shown/words'

const MOST_LETTERS = 160
const short = (text: string) => (text.length > MOST_LETTERS ? `${text.slice(0, MOST_LETTERS)}…` : text)
/** The name of proposed content that has no text, such as an image, a table or an empty line. */
const nameOf = ({ decoration }: SuggestionView) => blockName(decoration?.after[0]) || t.content

/** One line that says what a suggestion changes, with the removed and the proposed text. */
export function Summary({ suggestion }: { suggestion: SuggestionView }) {
  const { kind, before, after, decoration } = suggestion
  const [gone, come] = [short(before), short(after)]
  const removed = <del>{gone || t.content}</del>
  const added = <ins>{come || nameOf(suggestion)}</ins>
  const quote = gone || come ? <q>{gone || come}</q> : null
  /** The text that is inserted where a line is split. */
  const inserted = kind === 'split' ? plainText(decoration?.after ?? []).trim() : ''
  const block = blockName(decoration?.block) || t.anotherKind
  const said = {
    insert: () => t.add({ after: added }),
    delete: () => t.delete({ before: removed }),
    // The replacement may be nothing but a space.
    replace: () => (come.trim() === '' && plainText(decoration?.after ?? []).trim() === '' && !decoration?.after.some(({ type }) => type !== 'text') ? t.delete({ before: removed }) : t.replace({ before: removed, after: added })),
    format: () => t.formatAs({ before: quote ?? t.content, format: decoration ? formatNames([], decoration.after) : t.otherFormat }),
    split: () => (inserted ? t.startANewLineWith({ after: <ins>{short(inserted)}</ins> }) : quote ? t.startANewLineIn({ before: quote }) : t.startANewLine),
    join: () => (quote ? t.joinTwoLinesOf({ before: quote }) : t.joinTwoLines),
    block: () => (quote ? t.changeBlockTo({ before: quote, block }) : t.changeTo({ block })),
  }
  return <p className="swap">{said[kind]()}</p>
}
