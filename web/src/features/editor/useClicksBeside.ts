import { TextSelection } from '@tiptap/pm/state'
import type { Editor } from '@tiptap/react'
import { useEffect } from 'react'

/** A click on the paper beside or below the text puts the caret at the nearest place in it: what is typed next is not lost. */
export function useClicksBeside(editor: Editor | null, editable: boolean): void {
  useEffect(() => {
    const text = editor?.view.dom
    const paper = text?.closest<HTMLElement>('main')
    if (!editor || !text || !paper || !editable) return
    const onMouseDown = (event: MouseEvent) => {
      if (event.button !== 0 || event.detail > 1 || (event.target !== paper && event.target !== text.closest('article'))) return
      const { left, right, top, bottom } = text.getBoundingClientRect()
      if (event.clientY < top) return
      event.preventDefault()
      const { doc, tr } = editor.state
      const across = Math.min(Math.max(event.clientX, left + 1), right - 1)
      const found = event.clientY > bottom ? null : editor.view.posAtCoords({ left: across, top: event.clientY })
      const at = TextSelection.near(doc.resolve(found?.pos ?? doc.content.size), found ? 1 : -1)
      editor.view.dispatch(tr.setSelection(at))
      editor.view.focus()
    }
    paper.addEventListener('mousedown', onMouseDown)
    return () => paper.removeEventListener('mousedown', onMouseDown)
  }, [editor, editable])
}
