// Highlights the passages of threads in the text. Decorations, never marks: comments do not change the document.
import { Extension } from '@tiptap/core'
import { type EditorState, Plugin, PluginKey, Selection } from '@tiptap/pm/state'
import { Decoration, DecorationSet } from '@tiptap/pm/view'
import { ySyncPluginKey } from '@tiptap/y-tiptap'
import type { Anchor, PassageKind } from '../review'
import { kindAt, rangeOf } from './passage'

export interface Passage extends Anchor {
  thread: string
}

interface Shown {
  passages: Passage[]
  active: string | null
  decorations: DecorationSet
  kinds: Readonly<Record<string, PassageKind>>
}

const key = new PluginKey<Shown>('comments')

/** Sets the passages to highlight, and the one whose thread is active. */
export const showPassages = (state: EditorState, passages: Passage[], active: string | null) =>
  state.tr.setMeta(key, { passages, active }).setMeta('addToHistory', false)

/** The kind of block that passages are in, by their threads; only those that are not in paragraphs. */
export const kindsOf = (state: EditorState): Shown['kinds'] => key.getState(state)?.kinds ?? {}

export const CommentMarks = Extension.create<{ onOpen: (thread: string) => void }>({
  name: 'commentMarks',
  addOptions: () => ({ onOpen: () => {} }),
  addProseMirrorPlugins() {
    const { onOpen } = this.options
    return [
      new Plugin<Shown>({
        key,
        state: {
          init: () => ({ passages: [], active: null, decorations: DecorationSet.empty, kinds: {} }),
          apply(tr, shown, _before, state) {
            const change = tr.getMeta(key) as Pick<Shown, 'passages' | 'active'> | undefined
            // Local typing is not in the Y.Doc yet: highlights move along, and are found again with the next edit of others.
            if (!change && !tr.getMeta(ySyncPluginKey)) return tr.docChanged ? { ...shown, decorations: shown.decorations.map(tr.mapping, tr.doc) } : shown
            const { passages, active } = change ?? shown
            return { passages, active, ...decorate(state, passages, active) }
          },
        },
        props: {
          decorations: (state) => key.getState(state)?.decorations,
          handleClick(view, at, event) {
            const marked = event.target instanceof Element ? event.target.closest('[data-thread]') : null
            if (!marked) return false
            // The highlight is drawn again when its thread opens. The editor has not read the new selection of the browser
            // by then, and would put the old one back.
            view.dispatch(view.state.tr.setSelection(Selection.near(view.state.doc.resolve(at))))
            if (view.editable) view.focus()
            onOpen(marked.getAttribute('data-thread') ?? '')
            return true
          },
        },
      }),
    ]
  },
})

function decorate(state: EditorState, passages: Passage[], active: string | null): Pick<Shown, 'decorations' | 'kinds'> {
  const kinds: Record<string, PassageKind> = {}
  const decorations = passages.flatMap((passage) => {
    const range = rangeOf(state, passage)
    if (!range) return []
    const { thread } = passage
    // not a text: a class
    const words = Decoration.inline(range.from, range.to, { class: thread === active ? 'passage active' : 'passage', 'data-thread': thread })
    const place = kindAt(state, range)
    if (!place) return [words]
    kinds[thread] = place.kind
    return place.kind === 'cell' ? [words, ...wholeCell(state, place.at, range, thread === active)] : [words]
  })
  return { decorations: DecorationSet.create(state.doc, decorations), kinds }
}

/** A cell all of whose words are commented is marked as such. */
function wholeCell({ doc }: EditorState, at: number, { from, to }: { from: number; to: number }, isActive: boolean): Decoration[] {
  const cell = doc.nodeAt(at)
  if (!cell || doc.textBetween(from, to) !== cell.textContent) return []
  return [Decoration.node(at, at + cell.nodeSize, { class: isActive ? 'commented active' : 'commented' })]
}
