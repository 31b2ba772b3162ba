// Whole blocks: moved, duplicated, deleted. In a list, a block is an item.
import { Extension } from '@tiptap/core'
import { Fragment, type Node, type ResolvedPos } from '@tiptap/pm/model'
import { type EditorState, NodeSelection, TextSelection, type Transaction } from '@tiptap/pm/state'

export interface Block {
  from: number
  to: number
  parent: Node
  /** The children of the parent that the block consists of. */
  first: number
  last: number
}

const isItem = ({ type }: Node) => type.name === 'listItem' || type.name === 'taskItem'

/** The depth of the block that a place is in: the innermost list item, or else the top-level block. */
function depthAt($at: ResolvedPos): number {
  for (let depth = $at.depth; depth > 0; depth--) {
    if (isItem($at.node(depth))) return depth
    if ($at.node(depth).type.name === 'table') return 1
  }
  return 1
}

/** The blocks that are selected, as a whole. */
export function selectedBlock({ selection, doc }: EditorState): Block | null {
  const { $from, $to } = selection
  if (selection instanceof NodeSelection && selection.node.isBlock) {
    const index = $from.index()
    return { from: selection.from, to: selection.to, parent: $from.parent, first: index, last: index }
  }
  if ($from.depth === 0) return null
  const depth = Math.min(depthAt($from), depthAt($to))
  const isOneParent = $from.sharedDepth($to.pos) >= depth - 1
  const level = isOneParent ? depth - 1 : 0
  return { from: $from.before(level + 1), to: $to.after(level + 1), parent: level === 0 ? doc : $from.node(level), first: $from.index(level), last: $to.index(level) }
}

export function move(state: EditorState, tr: Transaction, step: -1 | 1): boolean {
  const block = selectedBlock(state)
  if (!block) return false
  const other = block.parent.maybeChild(step < 0 ? block.first - 1 : block.last + 1)
  if (!other) return false
  const { selection } = state
  // The other block is moved past it, so that the selected one stays the same node, also for everybody else.
  if (step < 0) {
    tr.delete(block.from - other.nodeSize, block.from)
    tr.insert(block.to - other.nodeSize, other)
  } else {
    tr.delete(block.to, block.to + other.nodeSize)
    tr.insert(block.from, other)
  }
  const by = step * other.nodeSize
  const at = (place: number) => tr.doc.resolve(place + by)
  tr.setSelection(selection instanceof NodeSelection ? NodeSelection.create(tr.doc, selection.from + by) : TextSelection.between(at(selection.anchor), at(selection.head)))
  tr.scrollIntoView()
  return true
}

declare module '@tiptap/core' {
  interface Commands<ReturnType> {
    blocks: {
      moveBlock: (step: -1 | 1) => ReturnType
      duplicateBlock: () => ReturnType
      deleteBlock: () => ReturnType
    }
  }
}

export const Blocks = Extension.create({
  name: 'blocks',
  // Before the keys of lists and headings.
  priority: 1_050,
  addCommands: () => ({
    moveBlock: (step) => ({ state, tr, dispatch }) => (dispatch ? move(state, tr, step) : true),
    duplicateBlock: () => ({ state, tr, dispatch }) => {
      const block = selectedBlock(state)
      if (!block) return false
      const nodes = Array.from({ length: block.last - block.first + 1 }, (_, index) => block.parent.child(block.first + index))
      if (dispatch) tr.insert(block.to, Fragment.from(nodes)).scrollIntoView()
      return true
    },
    deleteBlock: () => ({ state, tr, dispatch }) => {
      const block = selectedBlock(state)
      if (!block) return false
      if (!dispatch) return true
      const isAll = block.last - block.first + 1 === block.parent.childCount
      if (isAll && block.parent === state.doc) tr.replaceWith(block.from, block.to, state.schema.nodes.paragraph?.create() ?? Fragment.empty)
      else if (isAll) tr.deleteRange(block.from - 1, block.to + 1)
      else tr.delete(block.from, block.to)
      tr.setSelection(TextSelection.near(tr.doc.resolve(Math.min(block.from, tr.doc.content.size))))
      return true
    },
  }),
  addKeyboardShortcuts() {
    return {
      'Alt-Shift-ArrowUp': () => this.editor.commands.moveBlock(-1),
      'Alt-Shift-ArrowDown': () => this.editor.commands.moveBlock(1),
      'Mod-Shift-ArrowUp': () => this.editor.commands.moveBlock(-1),
      'Mod-Shift-ArrowDown': () => this.editor.commands.moveBlock(1),
    }
  },
})
