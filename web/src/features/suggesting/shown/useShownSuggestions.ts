import type { Editor } from '@tiptap/core'
import type { Node } from '@tiptap/pm/model'
import { useIsFetching, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { useStore } from '../../../store'
import type { DocumentSession } from '../../../sync/session'
import type { SuggestionView } from '../api'
import { reread, suggestionsKey } from '../queries'
import { activateSuggestion, showSuggestions } from './SuggestionMarks'

/** If the text changed during a request, the suggestions are requested again after a pause in typing of this length. */
const PAUSE_MS = 3_000

/** Shows suggestions in the editor of the document, and marks the active one. */
export function useShownSuggestions(editor: Editor | null, session: DocumentSession, suggestions: readonly SuggestionView[], active: string | null, colorOf: (author: string) => string | undefined): void {
  const queries = useQueryClient()
  const asked = useRef<Node | null>(null)
  const isAsking = useIsFetching({ queryKey: suggestionsKey(session.id) }) > 0
  // Until the document is in sync, the text is an older copy from this device.
  const isCurrent = useStore(session, ({ synced, connected, isOffline }) => synced || !connected || isOffline)
  useEffect(() => {
    if (isAsking && editor) asked.current = editor.state.doc
  }, [isAsking, editor])
  useEffect(() => {
    if (!editor || !isCurrent) return
    const { doc } = editor.state
    editor.view.dispatch(showSuggestions(editor.state, { items: suggestions, asked: asked.current, colorOf }))
    if (suggestions.length === 0 || asked.current === doc || !asked.current) return
    const again = () => void reread(queries, session.id)
    let timer = setTimeout(again, PAUSE_MS)
    const later = () => {
      clearTimeout(timer)
      timer = setTimeout(again, PAUSE_MS)
    }
    editor.on('update', later)
    return () => {
      clearTimeout(timer)
      editor.off('update', later)
    }
  }, [editor, session, queries, suggestions, colorOf, isCurrent])
  useEffect(() => {
    if (editor) editor.view.dispatch(activateSuggestion(editor.state, active))
  }, [editor, active])
}
