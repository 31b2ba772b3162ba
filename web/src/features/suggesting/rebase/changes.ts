// The difference between two documents of the editor, as changes that are as small as a reader would make them: words
// within lines, lines within lists, and the kinds of blocks. Small changes keep carets and what is being typed in place.
import { type Attrs, Fragment, type Mark, type Node, type NodeType, Slice } from '@tiptap/pm/model'
import { align } from './align'
import { lineChanges } from './lines'

/** A change. Its places are those of the document before. */
export type Change =
  /** Whole nodes, or letters of one line. */
  | { kind: 'replace'; from: number; to: number; slice: Slice }
  /** The node at a place gets another kind; its content stays. */
  | { kind: 'shape'; at: number; type: NodeType; attrs: Attrs; was: NodeType }
  /** Letters stay, and get other marks. */
  | { kind: 'marks'; from: number; to: number; marks: readonly Mark[]; was: readonly Mark[] }

/**
 * The changes that turn one document into the other, in the order of the text. A node's own change comes before
 * those inside.
 */
export function changesBetween(before: Node, after: Node): Change[] {
  const changes: Change[] = []
  compareChildren(before, after, 0, changes)
  return changes
}

export interface BlockRange {
  /** The first top-level block that differs. */
  from: number
  /** After the last one, in the document before. */
  to: number
  /** After the last one, in the document after. */
  toAfter: number
}

/** The top-level blocks that differ; null if none does. Blocks that are the same object are not looked into. */
export function differingBlocks(before: Node, after: Node): BlockRange | null {
  const isSame = (a: Node, b: Node) => a === b || a.eq(b)
  const most = Math.min(before.childCount, after.childCount)
  let from = 0
  while (from < most && isSame(before.child(from), after.child(from))) from++
  let end = 0
  while (end < most - from && isSame(before.child(before.childCount - 1 - end), after.child(after.childCount - 1 - end))) end++
  const [to, toAfter] = [before.childCount - end, after.childCount - end]
  return from === to && from === toAfter ? null : { from, to, toAfter }
}

function compareChildren(before: Node, after: Node, start: number, changes: Change[]): void {
  const range = differingBlocks(before, after)
  if (!range) return
  const { from, to, toAfter } = range
  const old = before.content.content.slice(from, to)
  const new_ = after.content.content.slice(from, toAfter)
  let at = start
  for (let index = 0; index < from; index++) at += before.child(index).nodeSize
  let [nextOld, nextNew] = [0, 0]
  const replaceUntil = (oldEnd: number, newEnd: number) => {
    const size = old.slice(nextOld, oldEnd).reduce((sum, node) => sum + node.nodeSize, 0)
    if (oldEnd > nextOld || newEnd > nextNew) changes.push({ kind: 'replace', from: at, to: at + size, slice: new Slice(Fragment.from(new_.slice(nextNew, newEnd)), 0, 0) })
    at += size
  }
  for (const [oldIndex, newIndex] of align(old, new_)) {
    replaceUntil(oldIndex, newIndex)
    const [one, other] = [old[oldIndex] as Node, new_[newIndex] as Node]
    compareNodes(one, other, at, changes)
    at += one.nodeSize
    ;[nextOld, nextNew] = [oldIndex + 1, newIndex + 1]
  }
  replaceUntil(old.length, new_.length)
}

function compareNodes(before: Node, after: Node, at: number, changes: Change[]): void {
  if (before === after || before.eq(after)) return
  if (!before.sameMarkup(after)) changes.push({ kind: 'shape', at, type: after.type, attrs: after.attrs, was: before.type })
  if (before.inlineContent) lineChanges(before, after, at + 1, changes)
  else compareChildren(before, after, at + 1, changes)
}
