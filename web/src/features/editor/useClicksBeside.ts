import { TextSelection } from '@tiptap/pm/state'
import type { Editor } from '@tiptap/core'
import { useEffect } from 'react'

/** A click beside or below the text puts the caret at the nearest place in it, so that text typed next is not lost. */
export function useClicksBeside(editor: Editor | null, editable: boolean): void {
  useEffect(() => {
    const text = editor?.view.dom
    const paper = text?.closest<HTMLElement>('main')
    if (!editor || !text || !paper || !editable) return
    const onClick = (event: MouseEvent) => {
      if (event.target !== paper && event.target !== text.closest('article')) return
      // A selection that was dragged or extended from the margin stays, and a text that is not shown has no lines.
      const isSelecting = event.shiftKey || event.detail > 1 || !(getSelection()?.isCollapsed ?? true)
      if (event.button !== 0 || isSelecting || !text.checkVisibility()) return
      const { left, right, top, bottom } = text.getBoundingClientRect()
      if (event.clientY < top) return
      const { doc, tr } = editor.state
      const across = Math.min(Math.max(event.clientX, left + 1), right - 1)
      const found = event.clientY > bottom ? null : editor.view.posAtCoords({ left: across, top: event.clientY })
      const at = TextSelection.near(doc.resolve(found?.pos ?? doc.content.size), found ? 1 : -1)
      editor.view.dispatch(tr.setSelection(at))
      editor.view.focus()
    }
    paper.addEventListener('click', onClick)
    return () => paper.removeEventListener('click', onClick)
  }, [editor, editable])
}
