import type { Editor } from '@tiptap/core'
import { useCallback, useRef, useSyncExternalStore } from 'react'

/** Whether two values of plain objects, lists and primitives are the same. */
function areEqual(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false
  const [mine, theirs] = [Object.entries(one), other as Record<string, unknown>]
  return mine.length === Object.keys(other).length && mine.every(([key, value]) => areEqual(value, theirs[key]))
}

/** Reads something of the editor, and renders again when a transaction has changed it. */
export function useEditorState<Read>(editor: Editor, read: (editor: Editor) => Read): Read
export function useEditorState<Read>(editor: Editor | null, read: (editor: Editor) => Read): Read | null
export function useEditorState<Read>(editor: Editor | null, read: (editor: Editor) => Read): Read | null {
  const last = useRef<{ state: unknown; read: unknown; value: Read } | null>(null)
  const subscribe = useCallback(
    (onChange: () => void) => {
      editor?.on('transaction', onChange)
      return () => void editor?.off('transaction', onChange)
    },
    [editor],
  )
  return useSyncExternalStore(subscribe, () => {
    if (!editor) return null
    const { state } = editor
    const before = last.current
    if (before?.state === state && before.read === read) return before.value
    const now = read(editor)
    const value = before && areEqual(before.value, now) ? before.value : now
    last.current = { state, read, value }
    return value
  })
}
