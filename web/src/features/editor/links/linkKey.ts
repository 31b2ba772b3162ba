// Ctrl-K has two meanings: a link, and the search.
import type { EditorState } from '@tiptap/pm/state'

/** Whether Ctrl-K is about a link: words are selected, or the caret is in one. Otherwise it opens the search. */
export function takesLinkKey({ selection: { empty, $from, from, to }, doc, schema }: EditorState): boolean {
  const { link } = schema.marks
  if (!empty) return doc.textBetween(from, to, '\n', '\n').trim() !== ''
  return link?.isInSet([...$from.marks(), ...($from.nodeAfter?.marks ?? [])]) !== undefined && $from.nodeBefore !== null
}
