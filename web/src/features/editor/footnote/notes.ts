// Which footnotes a text has. Their numbers follow from the order of the text, and are never stored.
import type { Node } from '@tiptap/pm/model'
import { type EditorState, type Transaction, Plugin, PluginKey } from '@tiptap/pm/state'
import { Decoration, DecorationSet } from '@tiptap/pm/view'
import { t } from '../messages'

export interface Note {
  /** The place of its number in the text. */
  at: number
  text: string
}

interface State {
  notes: Note[]
  decorations: DecorationSet
}

const NAME = 'footnote'
const key = new PluginKey<State>('footnoteNumbers')

/** In the order of the text: the first has the number 1. */
export const notesIn = (state: EditorState): Note[] => key.getState(state)?.notes ?? []

export const noteName = (number: number, text: string): string => (text === '' ? t.footnoteNumber({ number }) : t.footnoteNumberText({ number, text }))

function read(doc: Node): State {
  const notes: Note[] = []
  doc.descendants((node, at) => {
    if (node.type.name === NAME) notes.push({ at, text: String(node.attrs.text ?? '') })
    return !node.isTextblock || node.childCount > 0
  })
  const decorations = notes.map(({ at, text }, index) => Decoration.node(at, at + 1, { 'data-number': String(index + 1), 'aria-label': noteName(index + 1, text), title: text }))
  return { notes, decorations: DecorationSet.create(doc, decorations) }
}

const hasNote = (doc: Node, from: number, to: number): boolean => {
  let has = false
  doc.nodesBetween(Math.max(0, from), Math.min(doc.content.size, to), (node) => {
    has ||= node.type.name === NAME
    return !has
  })
  return has
}

/** Whether a footnote was added, taken away or changed. A long text is not read again for each letter. */
function concerns(tr: Transaction): boolean {
  return tr.steps.some((step, index) => {
    const [before, after] = [tr.docs[index] as Node, tr.docs[index + 1] ?? tr.doc]
    let is = false
    const map = tr.mapping.maps[index]
    map?.forEach((from, to, newFrom, newTo) => {
      is ||= hasNote(before, from, to) || hasNote(after, newFrom, newTo)
    })
    // A change of an attribute moves nothing.
    const at = (step as { pos?: number }).pos
    return is || (at !== undefined && before.nodeAt(at)?.type.name === NAME)
  })
}

/** Gives each footnote its number, its name for screen readers, and its text on hover. */
export const numbering = () => new Plugin<State>({
  key,
  state: {
    init: (_config, { doc }) => read(doc),
    apply(tr, state) {
      if (!tr.docChanged) return state
      if (concerns(tr)) return read(tr.doc)
      return { notes: state.notes.map((note) => ({ ...note, at: tr.mapping.map(note.at) })), decorations: state.decorations.map(tr.mapping, tr.doc) }
    },
  },
  props: { decorations: (state) => key.getState(state)?.decorations },
})
