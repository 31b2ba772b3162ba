import type { Editor } from '@tiptap/core'
import { useEffect, useState } from 'react'
import { t } from './messages'

const WORDS_A_MINUTE = 220
/** Words are counted in pauses of typing: in a long text, counting takes longer than the time between two letters. */
const PAUSE_MS = 400
/** While somebody types without a pause, words are counted at least this often. */
const LONGEST_MS = 3_000

/** Counts words like the server: a word has a letter or a digit. */
export const count = (text: string): number => text.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length

/** How long the text is, and how much of it is selected. */
export function WordCount({ editor }: { editor: Editor }) {
  const [words, setWords] = useState(0)
  const [selected, setSelected] = useState(0)
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    let counted: unknown
    let waiting = 0
    const look = () => {
      waiting = 0
      if (editor.isDestroyed) return
      const { doc, selection: { from, to, empty } } = editor.state
      if (doc !== counted) setWords(count(doc.textBetween(0, doc.content.size, '\n', ' ')))
      counted = doc
      setSelected(empty ? 0 : count(doc.textBetween(from, to, '\n', ' ')))
    }
    const soon = () => {
      waiting ||= Date.now()
      clearTimeout(timer)
      timer = setTimeout(look, Math.min(PAUSE_MS, Math.max(0, waiting + LONGEST_MS - Date.now())))
    }
    look()
    editor.on('transaction', soon)
    return () => {
      clearTimeout(timer)
      editor.off('transaction', soon)
    }
  }, [editor])
  const minutes = Math.round(words / WORDS_A_MINUTE)
  return <p className="count">{selected > 0 ? t.selectedOfWords({ selected, count: words }) : t.wordsCount({ count: words })}{minutes >= 1 && ` · ${t.minRead({ minutes })}`}</p>
}
