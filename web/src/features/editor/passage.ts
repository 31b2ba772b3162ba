// From a selection to two relative positions and back, so that a passage is found again while others type.
import type { Node } from '@tiptap/pm/model'
import { type EditorState, NodeSelection } from '@tiptap/pm/state'
import { absolutePositionToRelativePosition, relativePositionToAbsolutePosition, ySyncPluginKey } from '@tiptap/y-tiptap'
import * as Y from 'yjs'
import type { Anchor, Marked, MarkedMedia, Media, PassageKind } from '../review'
import { baseOf } from './base'

interface Binding {
  doc: Y.Doc
  type: Y.XmlFragment
  binding: { mapping: Map<Y.AbstractType<unknown>, never> } | null
}

const KINDS: Record<string, PassageKind> = { tableCell: 'cell', tableHeader: 'cell', heading: 'heading', codeBlock: 'code' }

/** The selected passage of the document; null when no words of it are selected. */
export const selectedPassage = (state: EditorState): Marked | null => passageOf(state, state.selection)

/** What a comment on the selection is about: an image or a file, or the selected words. */
export const selected = (state: EditorState): Marked | MarkedMedia | null =>
  state.selection instanceof NodeSelection ? (mediaOf(state.selection.node) ?? selectedPassage(state)) : selectedPassage(state)

export const isMediaSelected = ({ selection }: EditorState): boolean => selection instanceof NodeSelection && mediaOf(selection.node) !== null

/** What a comment on a node is about: an image, a file or a card, or all of its words; null for others, such as a divider. */
export function aboutNode(state: EditorState, at: number): Marked | MarkedMedia | null {
  const node = state.doc.nodeAt(at)
  return node && (mediaOf(node) ?? wordsOf(state, at, node))
}

/** An image or a file card, if it shows something that is kept. */
export function mediaOf({ type: { name }, attrs }: Node): MarkedMedia | null {
  if (name !== 'image' && name !== 'file' && name !== 'embed') return null
  const { attachment, src, href, alt, title, name: file } = attrs as Record<string, string | null>
  if (name === 'embed') return href ? { media: { src: href }, kind: 'card', label: title || href } : null
  const media: Media | null = attachment ? { attachment } : src && !src.startsWith('pending:') ? { src } : null
  return media && { media, kind: name, label: (name === 'image' ? alt || title : file) ?? '' }
}

/** All words of a node. */
function wordsOf(state: EditorState, at: number, node: Node): Marked | null {
  let range: { from: number; to: number } | null = null
  state.doc.nodesBetween(at, at + node.nodeSize, (inner, place) => {
    if (inner.isText) range = { from: range?.from ?? place, to: place + inner.nodeSize }
  })
  return range && passageOf(state, range)
}

function passageOf(state: EditorState, { from, to }: { from: number; to: number }): Marked | null {
  const base = baseOf(state)
  return base ? passageBetween(base.state, base.toBase.map(from, 1), base.toBase.map(to, -1)) : passageBetween(state, from, to)
}

function passageBetween(state: EditorState, from: number, to: number): Marked | null {
  const { type, binding } = ySyncPluginKey.getState(state) as Binding
  if (from >= to || !binding) return null
  const [$from, $to] = [state.doc.resolve(from), state.doc.resolve(to)]
  const quote = state.doc.textBetween(from, to, '\n', '\n')
  if (quote.trim() === '') return null
  const position = (at: number) => absolutePositionToRelativePosition(at, type, binding.mapping) as Y.RelativePosition
  // Text typed at an edge stays outside: the passage begins at its first letter and ends after its last.
  const first = position(from + 1)
  const start = first.item ? new Y.RelativePosition(first.type, first.tname, first.item, 0) : position(from)
  return {
    start: Y.relativePositionToJSON(start), end: Y.relativePositionToJSON(position(to)), quote,
    isOneLine: $from.sameParent($to) && !quote.includes('\n'), kind: kindAt(state, { from, to })?.kind,
  }
}

/** The node that a passage is in, if that is not a paragraph: the innermost node that holds all of it. */
export function kindAt({ doc }: EditorState, { from, to }: { from: number; to: number }): { kind: PassageKind; at: number } | null {
  const $from = doc.resolve(from)
  for (let depth = $from.sharedDepth(to); depth > 0; depth--) {
    const kind = KINDS[$from.node(depth).type.name]
    if (kind) return { kind, at: $from.before(depth) }
  }
  return null
}

/** Where a passage is in the editor; null when it was deleted or has not arrived yet. */
export function rangeOf(state: EditorState, anchor: Anchor): { from: number; to: number } | null {
  const base = baseOf(state)
  if (!base) return rangeInDocument(state, anchor)
  const range = rangeInDocument(base.state, anchor)
  if (!range) return null
  const [from, to] = [base.fromBase.map(range.from, 1), base.fromBase.map(range.to, -1)]
  return from < to ? { from, to } : null
}

function rangeInDocument(state: EditorState, { start, end }: Anchor): { from: number; to: number } | null {
  const { doc, type, binding } = ySyncPluginKey.getState(state) as Binding
  if (!binding) return null
  const place = (json: Record<string, unknown>): number | null => {
    const position = Y.createRelativePositionFromJSON(json)
    // The conversion rejects the very first letter: see isMisresolvedTextPosition of y-tiptap.
    const decoded = Y.createAbsolutePositionFromRelativePosition(position, doc)
    const isFirst = decoded?.index === 0 && decoded.type instanceof Y.XmlText && decoded.type.parent === type.firstChild
    return isFirst ? 1 : relativePositionToAbsolutePosition(doc, type, position, binding.mapping)
  }
  const [from, to] = [place(start), place(end)]
  return from !== null && to !== null && from < to ? { from, to } : null
}

/**
 * Whether words are selected, and whether they are in one line. Their relative positions are not computed, because that
 * takes long in long texts.
 */
export function hasPassage(state: EditorState): Pick<Marked, 'isOneLine'> | null {
  const { from, to, empty, $from, $to } = state.selection
  if (empty) return null
  let hasWords = false
  state.doc.nodesBetween(from, to, (node, at) => {
    if (!hasWords && node.isText) hasWords = (node.text ?? '').slice(Math.max(0, from - at), to - at).trim() !== ''
    return !hasWords
  })
  return hasWords ? { isOneLine: $from.sameParent($to) && !state.doc.textBetween(from, to, '\n', '\n').includes('\n') } : null
}
