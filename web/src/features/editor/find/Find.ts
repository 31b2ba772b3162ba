// Finds words in the text, also in tables, and replaces them. What is found is decorated, never marked.
import { Extension } from '@tiptap/core'
import type { Node } from '@tiptap/pm/model'
import { type EditorState, Plugin, PluginKey, TextSelection } from '@tiptap/pm/state'
import { Decoration, DecorationSet, type EditorView } from '@tiptap/pm/view'
import { yUndoPluginKey } from '@tiptap/y-tiptap'
import { openAround } from '../details/details'

export interface Search {
  query: string
  isCased: boolean
  isWhole: boolean
}

interface Range { from: number; to: number }

export interface Found {
  search: Search | null
  ranges: Range[]
  /** The one that is looked at. */
  current: number
}

interface State extends Found { decorations: DecorationSet }

const key = new PluginKey<State>('find')
const NOTHING: State = { search: null, ranges: [], current: 0, decorations: DecorationSet.empty }

export const foundIn = (state: EditorState): Found => key.getState(state) ?? NOTHING

function patternOf({ query, isCased, isWhole }: Search): RegExp | null {
  if (query === '') return null
  const literal = query.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&').replaceAll('\\-', '[-]')
  return new RegExp(isWhole ? `(?<![\\p{L}\\p{N}_])${literal}(?![\\p{L}\\p{N}_])` : literal, isCased ? 'gu' : 'giu')
}

/** Where a document has the words, in each line separately. */
export function rangesOf(doc: Node, search: Search): Range[] {
  const pattern = patternOf(search)
  const ranges: Range[] = []
  if (pattern) doc.descendants((node, at) => {
    if (!node.isTextblock) return true
    // A break takes one place in the line, and one letter here.
    const text = node.textBetween(0, node.content.size, undefined, '\ufffc')
    for (const match of text.matchAll(pattern)) ranges.push({ from: at + 1 + match.index, to: at + 1 + match.index + match[0].length })
    return false
  })
  return ranges
}

const decorate = (doc: Node, ranges: Range[], current: number) =>
  DecorationSet.create(doc, ranges.map(({ from, to }, index) => Decoration.inline(from, to, { class: index === current ? 'found-here current' : 'found-here' })))

/** Finds words from the selection on. */
export function find(view: EditorView, search: Search | null): void {
  view.dispatch(view.state.tr.setMeta(key, { search }).setMeta('addToHistory', false))
  show(view)
}

export function go(view: EditorView, step: 1 | -1): void {
  const { ranges, current } = foundIn(view.state)
  if (ranges.length === 0) return
  view.dispatch(view.state.tr.setMeta(key, { current: (current + step + ranges.length) % ranges.length }).setMeta('addToHistory', false))
  show(view)
}

function show(view: EditorView): void {
  const found = view.dom.querySelector('.found-here.current')
  openAround(found)
  found?.scrollIntoView({ block: 'center' })
}

/** Replaces the current match, and goes on to the next. */
export function replaceCurrent(view: EditorView, words: string): void {
  const { ranges, current } = foundIn(view.state)
  const range = ranges[current]
  if (!range) return
  replace(view, [range], words)
  show(view)
}

/** Replaces all of them, in one step of undo. */
export function replaceAll(view: EditorView, words: string): number {
  const { ranges } = foundIn(view.state)
  replace(view, ranges, words)
  return ranges.length
}

function replace(view: EditorView, ranges: Range[], words: string): void {
  const undoManager = yUndoPluginKey.getState(view.state)?.undoManager
  undoManager?.stopCapturing()
  const { tr } = view.state
  // From the end, so that the places before stay.
  for (const { from, to } of ranges.toReversed()) {
    if (words === '') tr.delete(from, to)
    else tr.insertText(words, from, to)
  }
  view.dispatch(tr)
  undoManager?.stopCapturing()
}

/** Selects the match that the person looked at last. */
export function leave(view: EditorView): void {
  const { ranges, current } = foundIn(view.state)
  const range = ranges[current]
  const tr = view.state.tr.setMeta(key, { search: null }).setMeta('addToHistory', false)
  if (range) tr.setSelection(TextSelection.create(tr.doc, range.from, range.to))
  view.dispatch(tr)
}

export const Find = Extension.create({
  name: 'find',
  addProseMirrorPlugins: () => [
    new Plugin<State>({
      key,
      state: {
        init: () => NOTHING,
        apply(tr, before, _old, state) {
          const change = tr.getMeta(key) as { search?: Search | null; current?: number } | undefined
          const search = change?.search === undefined ? before.search : change.search
          if (search === null) return before === NOTHING ? before : NOTHING
          if (!change && !tr.docChanged) return before
          const isNew = change?.search !== undefined
          const ranges = isNew || tr.docChanged ? rangesOf(tr.doc, search) : before.ranges
          // The next match after the caret, or after the match that was current before.
          const from = isNew ? state.selection.from : tr.mapping.map(before.ranges[before.current]?.from ?? 0)
          const next = ranges.findIndex((range) => range.from >= from)
          const current = change?.current ?? Math.max(0, next)
          return { search, ranges, current, decorations: decorate(tr.doc, ranges, current) }
        },
      },
      props: { decorations: (state) => key.getState(state)?.decorations },
    }),
  ],
})
