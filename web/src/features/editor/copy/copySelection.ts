import type { EditorState } from '@tiptap/pm/state'
import { copyText } from '../../../copy'

/** Puts what is selected, or the whole text if nothing is, onto the clipboard as Markdown. */
export async function copyAsMarkdown({ selection, doc }: EditorState): Promise<void> {
  const { $from, $to, empty, from, to } = selection
  const content = empty ? doc.content : $from.sameParent($to) && $from.parent.isTextblock ? $from.parent.slice($from.parentOffset, $to.parentOffset).content : doc.slice(from, to).content
  const { markdownOf } = await import('./markdown')
  await copyText(markdownOf(content))
}
