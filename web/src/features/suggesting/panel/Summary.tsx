import type { SuggestionView } from '../api'
import { blockName, formatNames } from '../shown/words'

const MOST_LETTERS = 160
const short = (text: string) => (text.length > MOST_LETTERS ? `${text.slice(0, MOST_LETTERS)}…` : text)
/** What has no words of its own: an image, a table, an empty line. */
const nameOf = ({ decoration }: SuggestionView) => blockName(decoration?.after[0]) || 'content'

/** What a suggestion does, in one line: both texts. */
export function Summary({ suggestion }: { suggestion: SuggestionView }) {
  const { kind, before, after, decoration } = suggestion
  const [gone, come] = [short(before), short(after)]
  const removed = <del>{gone || 'content'}</del>
  if (kind === 'insert') return <p className="swap">Add <ins>{come || nameOf(suggestion)}</ins></p>
  if (kind === 'delete') return <p className="swap">Delete {removed}</p>
  if (kind === 'replace') return <p className="swap">Replace {removed} with <ins>{come || nameOf(suggestion)}</ins></p>
  if (kind === 'format') return <p className="swap">{decoration ? `Format as ${formatNames([], decoration.after)}:` : 'Format'} <q>{gone || come}</q></p>
  if (kind === 'split') return <p className="swap">Start a new line{gone && <>: <q>{gone}</q></>}</p>
  if (kind === 'join') return <p className="swap">Join two lines{gone && <>: <q>{gone}</q></>}</p>
  return <p className="swap">Change to {blockName(decoration?.block) || 'another kind of block'}{gone && <>: <q>{gone}</q></>}</p>
}
