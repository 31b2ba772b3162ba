// Brings the server's answer into an editor in which somebody went on typing while the answer was on its way. Typed
// text stays, whatever the answer has in its place. Documents in, steps out: no editor, no server.
import { Fragment, type Node, Slice } from '@tiptap/pm/model'
import { TextSelection, type Transaction } from '@tiptap/pm/state'
import { Mapping, ReplaceStep, Transform } from '@tiptap/pm/transform'
import { type Change, changesBetween, differingBlocks } from './changes'
import { inSchema } from './inSchema'

interface Range {
  from: number
  to: number
}

/**
 * Adds to a transform of the editor's document the steps that bring in the answer. `sent` is the document that was sent
 * to the server, `answer` its answer, and `typed` maps from the sent document to the transform's present one.
 */
export function rebase<T extends Transform>(tr: T, sent: Node, answer: Node, typed: Mapping): T {
  const written = writtenRanges(typed)
  const wasTyped = typed.maps.length > 0
  // From the end, so that places before are not moved.
  for (const change of changesBetween(sent, answer).reverse()) apply(tr, change, sent, typed, written)
  if (!wasTyped) complete(tr, answer)
  return tr
}

/** Rebases an editor. Text that is inserted at the caret is put after the caret. */
export function rebaseEditor(tr: Transaction, sent: Node, answer: Node, typed: Mapping): Transaction {
  const { selection } = tr
  rebase(tr, sent, answer, typed)
  if (!tr.docChanged || !(selection instanceof TextSelection)) return tr
  const place = (at: number) => {
    const { pos, deletedAfter } = tr.mapping.mapResult(at, -1)
    return tr.doc.resolve(deletedAfter || !tr.doc.resolve(pos).parent.inlineContent ? tr.mapping.map(at) : pos)
  }
  return tr.setSelection(TextSelection.between(place(selection.anchor), place(selection.head)))
}

/** A mapping from places of one document to those of another, which may belong to another editor. */
export function mappingBetween(before: Node, after: Node): Mapping {
  return rebase(new Transform(before), before, inSchema(before.type.schema, after), new Mapping()).mapping
}

/**
 * Maps a selection from one document to another. Text inserted at its edges does not become part of the selection, and
 * a caret stays a caret, because some text may not have arrived yet in one of the documents.
 */
export function rangeIn(before: Node, after: Node, { from, to }: Range): Range {
  const there = mappingBetween(before, after)
  const [start, end] = [there.map(from, 1), there.map(to, -1)]
  const isRange = from < to && start <= end
  // A caret cannot be between blocks, so it goes to the nearest text.
  const selected = TextSelection.between(after.resolve(isRange ? start : end), after.resolve(end))
  return { from: selected.from, to: selected.to }
}

/** The size of the difference between two documents, in letters. */
export const distance = (before: Node, after: Node): number =>
  changesBetween(before, after).reduce((sum, change) => sum + (change.kind === 'replace' ? change.to - change.from + change.slice.size : 1), 0)

/** The ranges in which something was written, as places of the last document. */
function writtenRanges(typed: Mapping): Range[] {
  const ranges: Range[] = []
  for (const [index, map] of typed.maps.entries()) {
    const later = typed.slice(index + 1)
    map.forEach((_from, _to, from, to) => {
      const range = { from: later.map(from, -1), to: later.map(to, 1) }
      if (range.to > range.from) ranges.push(range)
    })
  }
  const merged: Range[] = []
  for (const range of ranges.sort((a, b) => a.from - b.from)) {
    const last = merged.at(-1)
    if (last && range.from <= last.to) last.to = Math.max(last.to, range.to)
    else merged.push({ ...range })
  }
  return merged
}

function apply(tr: Transform, change: Change, sent: Node, typed: Mapping, written: Range[]): void {
  if (change.kind === 'replace') replace(tr, change, sent, typed, written)
  else if (change.kind === 'marks') setMarks(tr, change, typed)
  else setShape(tr, change, typed)
}

function setShape(tr: Transform, change: Change & { kind: 'shape' }, typed: Mapping): void {
  const { pos, deleted } = typed.mapResult(change.at, 1)
  const node = tr.doc.nodeAt(pos)
  // If the kind was changed locally, too, the local kind stays: it is about to become a suggestion.
  if (deleted || node?.type !== change.was) return
  try {
    tr.setNodeMarkup(pos, change.type, change.attrs)
  } catch {
    // The new kind does not fit the text that was typed there.
  }
}

function setMarks(tr: Transform, change: Change & { kind: 'marks' }, typed: Mapping): void {
  const [from, to] = [typed.map(change.from, 1), typed.map(change.to, -1)]
  if (from >= to) return
  for (const mark of change.was) if (!mark.isInSet(change.marks)) tr.removeMark(from, to, mark)
  for (const mark of change.marks) if (!mark.isInSet(change.was)) tr.addMark(from, to, mark)
}

function replace(tr: Transform, { from, to, slice }: Change & { kind: 'replace' }, sent: Node, typed: Mapping, written: Range[]): void {
  const isInLine = sent.resolve(from).parent.inlineContent
  const start = typed.map(from, from === to ? -1 : 1)
  const end = Math.max(start, typed.map(to, -1))
  const $start = tr.doc.resolve(start)
  // The line or list of this change is gone.
  if ($start.parent.inlineContent !== isInLine) return
  const kept = written.filter((range) => range.from < end && range.to > start)
  if (kept.length === 0) {
    if ($start.sameParent(tr.doc.resolve(end))) step(tr, start, end, slice)
    return
  }
  const pieces = isInLine ? without({ from: start, to: end }, kept) : blocksWithout(tr.doc, start, end, kept)
  if (!pieces) return
  for (const piece of pieces.reverse()) {
    if (tr.doc.resolve(piece.from).sameParent(tr.doc.resolve(piece.to))) step(tr, piece.from, piece.to, Slice.empty)
  }
  step(tr, start, start, slice)
}

/** The parts of a range that lie in none of the others, which are in order. */
function without(range: Range, others: Range[]): Range[] {
  const pieces: Range[] = []
  let at = range.from
  for (const other of others) {
    if (other.from > at) pieces.push({ from: at, to: other.from })
    at = Math.max(at, other.to)
  }
  if (at < range.to) pieces.push({ from: at, to: range.to })
  return pieces
}

/** The blocks between two places, of those in which nothing was written; null if the places have no common parent any more. */
function blocksWithout(doc: Node, start: number, end: number, written: Range[]): Range[] | null {
  const $start = doc.resolve(start)
  if (!$start.sameParent(doc.resolve(end))) return null
  const pieces: Range[] = []
  for (let at = start, index = $start.index(); at < end; index++) {
    const to = at + $start.parent.child(index).nodeSize
    if (!written.some((range) => range.from < to && range.to > at)) pieces.push({ from: at, to })
    at = to
  }
  return pieces
}

function step(tr: Transform, from: number, to: number, slice: Slice): void {
  if (from === to && slice.size === 0) return
  // A step that does not fit the typed text is left out: the next answer is compared with the text that results.
  tr.maybeStep(new ReplaceStep(from, to, slice))
}

/** Makes the document equal to the answer, if nothing was typed. A step may have been refused because of the order of
 * the steps, and steps cannot fill an editor that is being created, because it has no blocks. */
function complete(tr: Transform, answer: Node): void {
  const range = differingBlocks(tr.doc, answer)
  if (!range) return
  const place = (doc: Node, index: number) => doc.content.content.slice(0, index).reduce((sum, node) => sum + node.nodeSize, 0)
  const blocks = answer.content.content.slice(range.from, range.toAfter)
  tr.maybeStep(new ReplaceStep(place(tr.doc, range.from), place(tr.doc, range.to), new Slice(Fragment.from(blocks), 0, 0)))
}
