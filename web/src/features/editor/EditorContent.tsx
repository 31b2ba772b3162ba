import type { Editor } from '@tiptap/core'
import { useLayoutEffect, useRef } from 'react'

/** The place of an editor's text on the page. */
export function EditorContent({ editor, hidden }: { editor: Editor | null; hidden?: boolean }) {
  const place = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    const element = place.current
    if (!editor || editor.isDestroyed || !element) return
    element.append(editor.view.dom)
    editor.setOptions({ element })
    return () => {
      if (!editor.isDestroyed) editor.view.dom.remove()
    }
  }, [editor])
  return <div ref={place} hidden={hidden} />
}
