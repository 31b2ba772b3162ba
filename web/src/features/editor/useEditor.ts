import { Editor, type EditorOptions } from '@tiptap/core'
import { useEffect, useState } from 'react'

/** An editor of something, which is made again for something else and for each new attempt; null until it is made. */
export function useEditor(options: Partial<EditorOptions>, of: object, attempt = 0): Editor | null {
  const [editor, setEditor] = useState<Editor | null>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the options are those of the moment when it is made
  useEffect(() => {
    const made = new Editor(options)
    setEditor(made)
    return () => {
      setEditor(null)
      // What is shown beside it ends first.
      setTimeout(() => made.destroy())
    }
  }, [of, attempt])
  return editor
}
