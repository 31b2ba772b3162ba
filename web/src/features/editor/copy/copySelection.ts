import type { EditorState } from '@tiptap/pm/state'
import { copyPromised } from '../../../copy'

/** Puts what is selected, or the whole text if nothing is, onto the clipboard as Markdown. */
export function copyAsMarkdown({ selection, doc }: EditorState): Promise<void> {
  const { $from, $to, empty, from, to } = selection
  // Words of one line are copied without its kind, and items with their list.
  const content = empty ? doc.content : doc.slice(from, to, !$from.sameParent($to)).content
  return copyPromised(import('./markdown').then(({ markdownOf }) => markdownOf(content)))
}
