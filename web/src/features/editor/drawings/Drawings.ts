// Code blocks of `mermaid` and `math` are shown as their drawings. The document has only their source, which is seen
// while the caret is in it, or if it cannot be drawn.
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

/** A code block with the number of its drawing, which it keeps while the text around it changes. */
interface Numbered extends Drawn {
  id: number
}

interface Shown {
  drawn: readonly Numbered[]
  decorations: DecorationSet
}

const key = new PluginKey<Shown>('drawings')

/** The drawn code blocks in a top-level block, by their places in it: unchanged blocks are not searched again. */
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

/**
 * Gives code blocks their numbers: earlier numbers go to the same nodes, then to nodes in the same places, then in
 * order.
 */
function numbered(found: readonly Drawn[], before: readonly Numbered[], moved: (at: number) => number, next: () => number): Numbered[] {
  const left = [...before]
  const take = (which: (one: Numbered) => boolean) => {
    const at = left.findIndex(which)
    return at < 0 ? undefined : left.splice(at, 1)[0]?.id
  }
  const same = found.map(({ node }) => take((one) => one.node === node))
  const placed = found.map(({ at }, index) => same[index] ?? take((one) => moved(one.at) === at))
  return found.map((one, index) => ({ ...one, id: placed[index] ?? take(({ kind }) => kind === one.kind) ?? next() }))
}

export const Drawings = Extension.create({
  name: 'drawings',
  addProseMirrorPlugins() {
    return [plugin()]
  },
})

function plugin(): Plugin<Shown> {
  /** Drawings by their numbers, so that a drawing stays when text is inserted or removed before it. */
  const drawings = new Map<number, Drawing>()
  let [view, last]: [EditorView | null, number] = [null, 0]
  const next = () => ++last
  const open = (id: number) => {
    const one = view && key.getState(view.state)?.drawn.find((one) => one.id === id)
    if (!view || !one || !view.editable) return
    view.dispatch(view.state.tr.setSelection(TextSelection.create(view.state.doc, one.at + 1 + one.node.content.size)))
    view.focus()
  }
  const drawing = (id: number) => {
    const known = drawings.get(id) ?? new Drawing(() => open(id))
    drawings.set(id, known)
    return known
  }
  const decorate = (drawn: readonly Numbered[], { doc, selection }: EditorState) =>
    drawn.length === 0
      ? DecorationSet.empty
      : DecorationSet.create(doc, drawn.flatMap(({ at, node, id }) => {
          const end = at + node.nodeSize
          const isOpen = selection.from < end && selection.to > at
          // not a text: a class
          return [Decoration.node(at, end, { class: isOpen ? 'drawn open' : 'drawn' }), Decoration.widget(end, () => drawing(id).dom, { side: -1, key: `drawing-${id}`, ignoreSelection: true, stopEvent: () => true })]
        }))
  const draw = ({ state }: EditorView) => {
    const { drawn } = key.getState(state) as Shown
    for (const { id, kind, node } of drawn) drawing(id).show(kind, node.textContent)
    for (const [id, one] of drawings) {
      if (drawn.some((shown) => shown.id === id)) continue
      one.end()
      drawings.delete(id)
    }
  }
  return new Plugin<Shown>({
    key,
    state: {
      init: (_config, state) => {
        const drawn = numbered(drawnIn(state.doc), [], (at) => at, next)
        return { drawn, decorations: decorate(drawn, state) }
      },
      apply(tr, shown, _before, state) {
        if (!tr.docChanged && (shown.drawn.length === 0 || !tr.selectionSet)) return shown
        const drawn = tr.docChanged ? numbered(drawnIn(state.doc), shown.drawn, (at) => tr.mapping.map(at), next) : shown.drawn
        return drawn.length === 0 && shown.drawn.length === 0 ? shown : { drawn, decorations: decorate(drawn, state) }
      },
    },
    props: { decorations: (state) => key.getState(state)?.decorations },
    view(own) {
      view = own
      draw(own)
      const redraw = () => {
        for (const one of drawings.values()) void one.redraw()
      }
      const observer = new MutationObserver(redraw)
      observer.observe(document.documentElement, { attributeFilter: ['data-theme'] })
      return {
        update: draw,
        destroy() {
          observer.disconnect()
          for (const one of drawings.values()) one.end()
          drawings.clear()
          view = null
        },
      }
    },
  })
}
