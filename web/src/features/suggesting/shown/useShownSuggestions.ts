import type { Editor } from '@tiptap/core'
import type { Node } from '@tiptap/pm/model'
import { useIsFetching } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import type { SuggestionView } from '../api'
import { suggestionsKey } from '../queries'
import { activateSuggestion, showSuggestions } from './SuggestionMarks'

/** Shows suggestions in the editor of the document, and which one is looked at. */
export function useShownSuggestions(editor: Editor | null, document: string, suggestions: readonly SuggestionView[], active: string | null, colorOf: (author: string) => string | undefined): void {
  const asked = useRef<Node | null>(null)
  const isAsking = useIsFetching({ queryKey: suggestionsKey(document) }) > 0
  useEffect(() => {
    if (isAsking && editor) asked.current = editor.state.doc
  }, [isAsking, editor])
  useEffect(() => {
    if (!editor) return
    const show = () => editor.view.dispatch(showSuggestions(editor.state, { items: suggestions, asked: asked.current, colorOf }))
    show()
    // The text may be on its way.
    const isEarly = editor.state.doc.textContent === '' && suggestions.length > 0
    const later = () => {
      if (editor.state.doc.textContent === '') return
      editor.off('update', later)
      show()
    }
    if (isEarly) editor.on('update', later)
    return () => {
      editor.off('update', later)
    }
  }, [editor, suggestions, colorOf])
  useEffect(() => {
    if (editor) editor.view.dispatch(activateSuggestion(editor.state, active))
  }, [editor, active])
}
