// Code blocks of `mermaid` and `math` are shown as what they draw. The document has only their source, which is seen while
// the caret is in it, or if it cannot be drawn.
import { Extension } from '@tiptap/core'
import type { Node } from '@tiptap/pm/model'
import { type EditorState, Plugin, PluginKey, TextSelection } from '@tiptap/pm/state'
import { Decoration, DecorationSet, type EditorView } from '@tiptap/pm/view'
import { Drawing } from './Drawing'
import { type DrawingKind, drawingKind } from './kinds'

interface Drawn {
  at: number
  node: Node
  kind: DrawingKind
}

interface Shown {
  drawn: readonly Drawn[]
  decorations: DecorationSet
}

const key = new PluginKey<Shown>('drawings')

/** Those in a block of the document, by their places in it: blocks that did not change are not walked again. */
const known = new WeakMap<Node, readonly Drawn[]>()

function within(block: Node): readonly Drawn[] {
  const before = known.get(block)
  if (before) return before
  const found: Drawn[] = []
  const note = (node: Node, at: number) => {
    const kind = node.type.name === 'codeBlock' ? drawingKind(node.attrs.language) : null
    if (kind) found.push({ at, node, kind })
  }
  note(block, 0)
  if (!block.isTextblock) {
    block.descendants((node, at) => {
      note(node, at + 1)
      return !node.isTextblock
    })
  }
  known.set(block, found)
  return found
}

/** The code blocks of a text that are drawn, in order. */
export function drawnIn(doc: Node): Drawn[] {
  const all: Drawn[] = []
  doc.forEach((block, at) => {
    for (const one of within(block)) all.push({ ...one, at: at + one.at })
  })
  return all
}

export const Drawings = Extension.create({
  name: 'drawings',
  addProseMirrorPlugins() {
    return [plugin()]
  },
})

function plugin(): Plugin<Shown> {
  /** In the order of the text; one that is drawn stays, whatever is inserted before it. */
  const drawings: Drawing[] = []
  let view: EditorView | null = null
  const open = (index: number) => {
    const one = view && key.getState(view.state)?.drawn[index]
    if (!view || !one || !view.editable) return
    view.dispatch(view.state.tr.setSelection(TextSelection.create(view.state.doc, one.at + 1 + one.node.content.size)))
    view.focus()
  }
  const drawing = (index: number) => (drawings[index] ??= new Drawing(() => open(index)))
  const decorate = (drawn: readonly Drawn[], { doc, selection }: EditorState) =>
    drawn.length === 0
      ? DecorationSet.empty
      : DecorationSet.create(doc, drawn.flatMap(({ at, node }, index) => {
          const end = at + node.nodeSize
          const isOpen = selection.from < end && selection.to > at
          // not a text: a class
          return [Decoration.node(at, end, { class: isOpen ? 'drawn open' : 'drawn' }), Decoration.widget(end, () => drawing(index).dom, { side: -1, key: `drawing-${index}`, ignoreSelection: true, stopEvent: () => true })]
        }))
  const draw = ({ state }: EditorView) => {
    const { drawn } = key.getState(state) as Shown
    for (const [index, { kind, node }] of drawn.entries()) drawing(index).show(kind, node.textContent)
    for (const gone of drawings.splice(drawn.length)) gone.end()
  }
  return new Plugin<Shown>({
    key,
    state: {
      init: (_config, state) => {
        const drawn = drawnIn(state.doc)
        return { drawn, decorations: decorate(drawn, state) }
      },
      apply(tr, shown, _before, state) {
        if (!tr.docChanged && (shown.drawn.length === 0 || !tr.selectionSet)) return shown
        const drawn = tr.docChanged ? drawnIn(state.doc) : shown.drawn
        return drawn.length === 0 && shown.drawn.length === 0 ? shown : { drawn, decorations: decorate(drawn, state) }
      },
    },
    props: { decorations: (state) => key.getState(state)?.decorations },
    view(own) {
      view = own
      draw(own)
      const redraw = () => {
        for (const one of drawings) void one.redraw()
      }
      const observer = new MutationObserver(redraw)
      observer.observe(document.documentElement, { attributeFilter: ['data-theme'] })
      return {
        update: draw,
        destroy() {
          observer.disconnect()
          for (const one of drawings.splice(0)) one.end()
          view = null
        },
      }
    },
  })
}
