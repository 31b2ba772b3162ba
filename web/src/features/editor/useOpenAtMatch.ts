import type { Editor } from '@tiptap/core'
import { useEffect, useState } from 'react'
import { matchOf } from '../search'
import { rangesOf, showMatches } from './MatchMarks'
import { openAround } from './details/details'
import { useHash } from './useHash'

/** Scrolls to the passage that the address names, once the text is there, and highlights it. */
export function useOpenAtMatch(editor: Editor | null): void {
  const hash = useHash()
  const [shown, setShown] = useState<string>()
  useEffect(() => {
    const match = matchOf(hash)
    if (!editor || !match || shown === hash) return
    const show = () => {
      const ranges = rangesOf(editor.state.doc, match)
      if (ranges.length === 0) return
      editor.off('update', show)
      editor.view.dispatch(showMatches(editor.state, ranges))
      setShown(hash)
      const found = editor.view.dom.querySelector('.match')
      openAround(found)
      found?.scrollIntoView({ block: 'center' })
    }
    // The text may be on its way.
    editor.on('update', show)
    show()
    return () => {
      editor.off('update', show)
    }
  }, [editor, hash, shown])
}
