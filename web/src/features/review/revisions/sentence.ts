import { list } from '../../../numbers'
import type { Revision } from '../api'
import { t } from '../messages'

/** What changed in a version, in one sentence: who added and removed how many words, and under which headings. */
export function sentenceOf({ authors, words_added, words_removed, sections }: Revision): string {
  const counts = [
    words_added > 0 && t.wordsWereAdded({ count: words_added }),
    words_removed > 0 && t.wordsWereRemoved({ count: words_removed }),
  ].filter((part) => part !== false)
  // People who changed only formats are named too: if nobody is named, the text is that of the previous version.
  const isSame = counts.length + authors.length + sections.length === 0
  const what = isSame ? t.sameTextAsBefore : counts.length > 0 ? counts.join(', ') : t.formattingOnly
  const where = sections.length > 0 ? t.whatInSections({ what, sections: list(sections) }) : what
  return authors.length > 0 ? t.whoDidWhat({ names: list(authors.map(({ name }) => name)), what: where }) : where
}
