// In a suggester's own view: what they suggest, as the server says, and what they typed since.
import { Extension } from '@tiptap/core'
import { Fragment, type Node } from '@tiptap/pm/model'
import { Plugin, PluginKey, type Transaction } from '@tiptap/pm/state'
import { Decoration, DecorationSet } from '@tiptap/pm/view'
import type { Json, ViewMark } from '../api'
import { changesBetween, differingBlocks } from '../rebase/changes'
import { mappingBetween } from '../rebase/rebase'
import { opening } from '../shown/SuggestionMarks'
import { decorate } from '../shown/decorate'
import { content, label } from '../shown/dom'
import { placesIn } from '../shown/places'
import { blockName, formatNames, labelOf } from '../shown/words'

interface Answer {
  agreed: Node
  marks: ViewMark[]
}

interface Own {
  from: number
  to: number
}

interface Shown {
  /** The view as the server has it. */
  agreed: Node | null
  /** The suggestions in the agreed text, with their places in it. */
  own: Own[]
  known: DecorationSet
  /** What was typed since. */
  typed: DecorationSet
}

const key = new PluginKey<Shown>('viewMarks')

/** Makes a transaction the one that shows an answer. */
export const showAnswer = (tr: Transaction, agreed: Node, marks: ViewMark[]): Transaction =>
  tr.setMeta(key, { agreed, marks } satisfies Answer).setMeta('addToHistory', false)

/** Whether a transaction shows an answer. */
export const isAnswer = (tr: Transaction): boolean => tr.getMeta(key) !== undefined

/** A document with the blocks of another one, in which equal blocks are the same objects. */
export function shared(doc: Node, other: Node): Node {
  const range = differingBlocks(doc, other)
  if (!range) return other
  const { from, to, toAfter } = range
  const [own, theirs] = [doc.content.content, other.content.content]
  return doc.copy(Fragment.from([...theirs.slice(0, from), ...own.slice(from, to), ...theirs.slice(toAfter)]))
}

export const ViewMarks = Extension.create<{ color: string; onOpen: (suggestion: string) => void }>({
  name: 'viewMarks',
  addOptions: () => ({ color: '', onOpen: () => {} }),
  addProseMirrorPlugins() {
    const { color, onOpen } = this.options
    return [
      new Plugin<Shown>({
        key,
        state: {
          init: () => ({ agreed: null, own: [], known: DecorationSet.empty, typed: DecorationSet.empty }),
          apply(tr, shown) {
            const answer = tr.getMeta(key) as Answer | undefined
            if (!answer) return tr.docChanged ? { ...shown, known: shown.known.map(tr.mapping, tr.doc), typed: typedSince(shown, tr.doc, color) } : shown
            const agreed = shared(answer.agreed, tr.doc)
            const { decorations, own } = decorationsFor(agreed, answer.marks, color)
            const known = DecorationSet.create(agreed, decorations)
            const next = { agreed, own, known: agreed === tr.doc ? known : known.map(mappingBetween(agreed, tr.doc), tr.doc), typed: DecorationSet.empty }
            return { ...next, typed: typedSince(next, tr.doc, color) }
          },
        },
        props: {
          ...opening(onOpen),
          decorations(state) {
            const shown = key.getState(state)
            if (!shown) return null
            // A plugin can return only one set, so the two are joined.
            return shown.typed === DecorationSet.empty ? shown.known : shown.known.add(state.doc, shown.typed.find())
          },
        },
      }),
    ]
  },
})

function decorationsFor(doc: Node, marks: ViewMark[], mine: string): { decorations: Decoration[]; own: Own[] } {
  const placeOf = placesIn(doc)
  const decorations: Decoration[] = []
  const own: Own[] = []
  for (const mark of marks) {
    const { id, kind, removed = [], color = mine } = mark
    const [start, end] = [placeOf(mark.from), placeOf(mark.to)]
    if (start === null || end === null || (start > end && kind !== 'join')) continue
    const looks = { id, color }
    if (!mark.mine) {
      decorations.push(...decorate(doc, { from: start, to: end }, mark, { after: mark.after ?? [], ...(mark.block && { block: mark.block }) }, looks))
      continue
    }
    const isWords = kind === 'insert' || kind === 'replace' || kind === 'delete'
    if (isWords && removed.length > 0) decorations.push(Decoration.widget(start, () => content(doc.type.schema, removed, 'del', looks), { side: -1, key: `${id} ${JSON.stringify(removed)}`, ignoreSelection: true }))
    if (isWords) {
      if (end > start) decorations.push(...inserted(doc, start, end, id, color))
      own.push({ from: start, to: end })
      continue
    }
    // The line was split, with words at the break.
    const hasWords = kind === 'split' && doc.textBetween(start, end, '', ' ') !== ''
    if (hasWords) {
      decorations.push(...inserted(doc, start, end, id, color))
      own.push({ from: start, to: end })
    }
    const words = labelIn(doc, kind, start, end, removed)
    // not a text: classes
    if (kind === 'format' && end > start) decorations.push(Decoration.inline(start, end, attributes('suggestion formatted', id, color)))
    decorations.push(Decoration.widget(kind === 'block' || hasWords ? start : end, () => label(words, looks), { side: 1, key: `${id} ${words}`, ignoreSelection: true }))
  }
  return { decorations, own }
}

function labelIn(doc: Node, kind: ViewMark['kind'], start: number, end: number, removed: Json[]): string {
  const there = doc.slice(start, end).content.toJSON() as Json[] | null
  if (kind === 'format') return formatNames(removed, there ?? [])
  const line = doc.resolve(start)
  return labelOf(kind, removed, { after: [], block: line.depth > 0 ? (line.parent.toJSON() as Json) : undefined }) ?? blockName(undefined)
}

const attributes = (className: string, id: string, color: string) => ({ class: className, style: `--person: ${color}`, ...(id && { 'data-suggestion': id }) })

/** Marks what is inserted: words, and blocks that have none. */
function inserted(doc: Node, from: number, to: number, id: string, color: string): Decoration[] {
  // not a text: classes
  const all = [Decoration.inline(from, to, { nodeName: 'ins', ...attributes('suggestion added', id, color) })]
  doc.nodesBetween(from, to, (node, at) => {
    // not a text: classes
    if (node.isBlock && node.isLeaf && at >= from && at + node.nodeSize <= to) all.push(Decoration.node(at, at + node.nodeSize, attributes('suggestion added-block', id, color)))
  })
  return all
}

/** What was typed since the last answer. Blocks that were not typed in are the same objects, and not looked into. */
function typedSince({ agreed, own }: Shown, doc: Node, color: string): DecorationSet {
  if (!agreed || agreed === doc) return DecorationSet.empty
  const range = differingBlocks(agreed, doc)
  if (!range) return DecorationSet.empty
  const decorations: Decoration[] = []
  // How much longer the text has become before the current place.
  let longer = 0
  for (const change of changesBetween(agreed, doc)) {
    if (change.kind !== 'replace') continue
    const { from, to, slice } = change
    const at = from + longer
    longer += slice.size - (to - from)
    if (slice.size > 0) decorations.push(...inserted(doc, at, at + slice.size, '', color))
    const gone = removedBetween(agreed, from, to, own)
    if (gone.length > 0) decorations.push(Decoration.widget(at, () => content(doc.type.schema, gone, 'del', { id: '', color }), { side: -1, key: `typed ${JSON.stringify(gone)}`, ignoreSelection: true }))
  }
  return decorations.length > 0 ? DecorationSet.create(doc, decorations) : DecorationSet.empty
}

/** Deleted text that was in the document itself: one's own deleted insertions leave no trace. */
function removedBetween(agreed: Node, from: number, to: number, own: Own[]): Json[] {
  const removed: Json[] = []
  let at = from
  const add = (end: number) => {
    if (end > at) removed.push(...((agreed.slice(at, end).content.toJSON() as Json[] | null) ?? []))
  }
  for (const one of own.filter((one) => one.from < to && one.to > from)) {
    add(one.from)
    at = Math.max(at, Math.min(to, one.to))
  }
  add(to)
  return removed
}
