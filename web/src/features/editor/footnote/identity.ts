// Identifies a footnote while others edit the text: its place moves, and another footnote may take its place.
import type { EditorState } from '@tiptap/pm/state'
import { ySyncPluginKey } from '@tiptap/y-tiptap'
import type * as Y from 'yjs'
import { notesIn } from './notes'

/** The part of y-tiptap's binding that is used here. */
interface Sync {
  binding?: { mapping: Map<Y.AbstractType<unknown>, unknown> } | null
}

/** An id that a footnote keeps as long as it exists; null if the text is not shared. */
export function idOf(state: EditorState, at: number): string | null {
  const node = state.doc.nodeAt(at)
  const { binding } = (ySyncPluginKey.getState(state) ?? {}) as Sync
  for (const [element, shown] of binding?.mapping ?? []) {
    const id = shown === node ? element._item?.id : undefined
    if (id) return `${id.client}-${id.clock}`
  }
  return null
}

/** The present place of a footnote that was last seen at `last`; null if it is gone. */
export function placeOf(state: EditorState, id: string | null, last: number): number | null {
  const isIt = (at: number) => state.doc.nodeAt(at)?.type.name === 'footnote' && (id === null || idOf(state, at) === id)
  if (last < state.doc.content.size && isIt(last)) return last
  return id === null ? null : (notesIn(state).find(({ at }) => isIt(at))?.at ?? null)
}

/**
 * Whether a changed note is really the note of another footnote. When the first of two adjacent footnotes is deleted,
 * y-tiptap may keep it, give it the note of the second, and delete the second. `others` are the previous notes of the
 * other footnotes.
 */
export const isAnother = (text: string, others: string[], othersNow: number): boolean => othersNow < others.length && others.includes(text)
