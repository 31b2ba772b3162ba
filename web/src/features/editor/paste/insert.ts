// Inserts content. Long content is inserted in parts, between which the page can react; all parts are one undo step.
import { Fragment, type Node, Slice } from '@tiptap/pm/model'
import { TextSelection } from '@tiptap/pm/state'
import type { EditorView } from '@tiptap/pm/view'
import { absolutePositionToRelativePosition, relativePositionToAbsolutePosition, ySyncPluginKey, yUndoPluginKey } from '@tiptap/y-tiptap'
import type * as Y from 'yjs'
import { sliceOf } from './slice'

/** More blocks than this are inserted in parts. */
const AT_ONCE = 60
/** How long a part may block the page. */
const PART_MS = 40

/** The parts of y-tiptap's binding that are used here. */
interface Sync {
  doc: Y.Doc
  type: Y.XmlFragment
  binding: { mapping: Map<Y.AbstractType<unknown>, never> } | null
}

const undoManagerOf = (view: EditorView): Y.UndoManager | undefined => yUndoPluginKey.getState(view.state)?.undoManager

const sizeOf = (content: Fragment): number => content.content.reduce((sum, node) => sum + Math.max(1, node.childCount), 0)

/** Inserts content in place of the selection. Resolves when all of it is there. */
export async function insert(view: EditorView, content: Fragment, event: ClipboardEvent, isPlain: boolean): Promise<void> {
  const undoManager = undoManagerOf(view)
  undoManager?.stopCapturing()
  if (sizeOf(content) > AT_ONCE) await insertParts(view, content, undoManager)
  else insertAtOnce(view, content, event, isPlain)
  undoManager?.stopCapturing()
}

function insertAtOnce(view: EditorView, content: Fragment, event: ClipboardEvent, isPlain: boolean): void {
  const slice = sliceOf(content, view.state.selection.$from)
  // Tables handle pasted cells themselves, and a pasted address becomes the link of a selection.
  if (!isPlain && view.someProp('handlePaste', (handle) => handle(view, event, slice))) return
  const tr = view.state.tr.replaceSelection(slice).scrollIntoView().setMeta('paste', true)
  view.dispatch(isPlain ? tr : tr.setMeta('uiEvent', 'paste'))
}

interface Part {
  nodes: Node[]
  /** Whether the nodes continue the list or table before them. */
  isInside: boolean
}

/** Blocks one by one; long lists and tables are divided, too. */
function partsOf(content: Fragment): Part[] {
  return content.content.flatMap((node): Part[] => {
    const isDivisible = node.childCount > AT_ONCE && (node.type.name.endsWith('List') || (node.type.name === 'table' && !hasTallCells(node)))
    if (!isDivisible) return [{ nodes: [node], isInside: false }]
    const [first, ...rest] = node.children
    return [{ nodes: [node.copy(Fragment.from(first))], isInside: false }, ...rest.map((child) => ({ nodes: [child], isInside: true }))]
  })
}

function hasTallCells(table: Node): boolean {
  let found = false
  table.descendants(({ attrs }) => {
    found ||= attrs.rowspan > 1
    return !found
  })
  return found
}

/** The next parts that go to one place. */
function take(parts: Part[], most: number): Part {
  const first = parts.shift()
  if (!first) return { nodes: [], isInside: false }
  const nodes = [...first.nodes]
  let size = nodes[0]?.childCount ?? 1
  while (parts[0] && parts[0].isInside === first.isInside && nodes.length < most && size < most * 4) {
    // Content that continues a list needs that list to be the last block.
    if (!first.isInside && parts[1]?.isInside) break
    const next = parts.shift()
    nodes.push(...(next?.nodes ?? []))
    size += next?.nodes[0]?.childCount ?? 1
  }
  return { nodes, isInside: first.isInside }
}

async function insertParts(view: EditorView, content: Fragment, undoManager: Y.UndoManager | undefined): Promise<void> {
  const parts = partsOf(content)
  const timeout = undoManager?.captureTimeout
  // `begin` starts an undo step; all parts belong to it, however long they take.
  if (undoManager) undoManager.captureTimeout = Number.MAX_SAFE_INTEGER
  let most = AT_ONCE / 2
  const { at: start, isInEmptyLine } = begin(view)
  let at = start
  try {
    while (parts.length > 0) {
      const started = performance.now()
      const { nodes, isInside } = take(parts, most)
      const fragment = Fragment.from(nodes)
      const tr = view.state.tr.setMeta('paste', true)
      const place = isInside ? at - 1 : at
      tr.replace(place, place, new Slice(fragment, 0, 0))
      const after = tr.doc.nodeAt(at + fragment.size)
      if (parts.length === 0 && isInEmptyLine && after?.type.name === 'paragraph' && after.content.size === 0) tr.delete(at + fragment.size, at + fragment.size + after.nodeSize)
      if (parts.length === 0) tr.setSelection(TextSelection.near(tr.doc.resolve(at + fragment.size), -1)).scrollIntoView()
      view.dispatch(tr)
      const ms = performance.now() - started
      most = Math.max(4, Math.min(200, Math.round((nodes.length * PART_MS) / Math.max(ms, 1))))
      if (parts.length === 0) return
      const found = placeOf(view, at + fragment.size)
      await new Promise((resolve) => setTimeout(resolve))
      if (view.isDestroyed || !view.editable) return
      at = found()
    }
  } finally {
    if (undoManager && timeout !== undefined) undoManager.captureTimeout = timeout
  }
}

/** Makes a place between two blocks for what is inserted, and returns it. An empty line stays below until the end. */
function begin(view: EditorView): { at: number; isInEmptyLine: boolean } {
  const tr = view.state.tr.deleteSelection()
  const { $from } = tr.selection
  if ($from.depth === 0) return { at: $from.pos, isInEmptyLine: false }
  let at: number
  if ($from.parent.content.size === 0) at = $from.before()
  else if ($from.parentOffset === 0) at = $from.before()
  else if ($from.parentOffset === $from.parent.content.size) at = $from.after()
  else {
    tr.split($from.pos)
    at = $from.pos + 1
  }
  if (tr.docChanged) view.dispatch(tr)
  return { at, isInEmptyLine: $from.parent.content.size === 0 }
}

/** Remembers a place while others may edit, and finds it again. */
function placeOf(view: EditorView, at: number): () => number {
  const { doc, type, binding } = (ySyncPluginKey.getState(view.state) ?? {}) as Partial<Sync>
  const before = view.state.doc
  const relative = binding && type ? absolutePositionToRelativePosition(at, type, binding.mapping) : null
  return () => {
    if (view.state.doc === before || !relative || !doc || !type || !binding) return Math.min(at, view.state.doc.content.size)
    return relativePositionToAbsolutePosition(doc, type, relative, binding.mapping) ?? view.state.doc.content.size
  }
}
