import type { Editor } from '@tiptap/core'
import { type FocusEvent as BlurEvent, type RefObject, useEffect, useState } from 'react'

/** Whether the focus is in the text or in a bar that floats beside it, and the bar's handler for losing the focus. */
export function useHasFocus(editor: Editor, bar: RefObject<HTMLElement | null>) {
  const [hasFocus, setFocus] = useState(false)
  useEffect(() => {
    const focus = () => setFocus(true)
    // The focus may move from the text to the bar or its menu.
    const blur = ({ event }: { event: FocusEvent }) => setFocus(bar.current?.contains(event.relatedTarget as Node | null) ?? false)
    editor.on('focus', focus)
    editor.on('blur', blur)
    // A click on an empty part of the page only takes the focus from the bar. After the timeout, this has happened.
    const click = () => setTimeout(() => setFocus(editor.isFocused || (bar.current?.contains(document.activeElement) ?? false)))
    addEventListener('mousedown', click, true)
    setFocus(editor.isFocused)
    return () => {
      removeEventListener('mousedown', click, true)
      editor.off('focus', focus)
      editor.off('blur', blur)
    }
  }, [editor, bar])
  const onBlur = ({ relatedTarget, currentTarget }: BlurEvent<HTMLElement>) => {
    if (relatedTarget && !currentTarget.contains(relatedTarget)) setFocus(editor.view.dom.contains(relatedTarget))
  }
  return { hasFocus, onBlur }
}
