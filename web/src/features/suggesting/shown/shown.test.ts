// @vitest-environment jsdom
import { getSchema } from '@tiptap/core'
import type { Node } from '@tiptap/pm/model'
import { EditorState, type Plugin } from '@tiptap/pm/state'
import type { DecorationSet } from '@tiptap/pm/view'
import { StarterKit } from '@tiptap/starter-kit'
import { expect, test } from 'vitest'
import type { SuggestionView } from '../api'
import { authorsOf, filtered, inTextOrder, neighbour } from '../order'
import { SuggestionMarks, rangeOfSuggestion, showSuggestions } from './SuggestionMarks'
import { placeOf, placesIn } from './places'
import { blockName, formatNames, labelOf } from './words'

const schema = getSchema([StarterKit])
const paragraph = (words: string) => schema.node('paragraph', null, words ? [schema.text(words)] : [])
const doc = (...lines: string[]) => schema.node('doc', null, lines.map(paragraph))
const list = schema.node('doc', null, [paragraph('Growth'), schema.node('bulletList', null, [schema.node('listItem', null, [paragraph('one')]), schema.node('listItem', null, [paragraph('two')])])])

const suggestion = (id: string, more: Partial<SuggestionView>): SuggestionView => ({
  id, kind: 'replace', state: 'open', author: 'jonas', author_name: 'Jonas', created_at: `2026-11-29T10:00:0${id.length}Z`, updated_at: '', version: 1, before: '', after: '', can_undo: false, conflicts: [], comments: 0, ...more,
})
const replaced = (id: string, path: number[], from: number, to: number, before: string, after: string) =>
  suggestion(id, { before, after, decoration: { kind: 'replace', from: { path, offset: from }, to: { path, offset: to }, after: [{ type: 'text', text: after }] } })

const plugins = () => (SuggestionMarks.config.addProseMirrorPlugins as () => Plugin[]).call({ options: { onOpen: () => {} } } as never)
const show = (state: EditorState, items: SuggestionView[], asked: Node | null = null) => state.apply(showSuggestions(state, { items, asked, colorOf: () => '#9244b6' }))
function decorationsOf(state: EditorState): DecorationSet {
  const [plugin] = state.plugins as [Plugin]
  return plugin.props.decorations?.call(plugin, state) as DecorationSet
}
const shownIn = (state: EditorState) => decorationsOf(state).find().map(({ from, to }) => state.doc.textBetween(from, to)).filter((words) => words !== '')

test('[SUG-7] points name blocks and letters', () => {
  expect(placeOf(list, { path: [0], offset: 2 })).toBe(3)
  expect(placeOf(list, { path: [1, 1, 0], offset: 0 })).toBe(18)
  expect(list.textBetween(18, 21)).toBe('two')
  expect(placeOf(list, { path: [1], offset: 1 })).toBe(16)
  expect(placeOf(list, { path: [], offset: 2 })).toBe(list.content.size)
  for (const point of [{ path: [2], offset: 0 }, { path: [0, 0], offset: 0 }, { path: [0], offset: 7 }, { path: [], offset: 3 }]) {
    expect(placeOf(list, point)).toBeNull()
    expect(placesIn(list)(point)).toBeNull()
  }
  for (const point of [{ path: [0], offset: 2 }, { path: [1, 1, 0], offset: 3 }, { path: [1], offset: 2 }, { path: [], offset: 1 }]) expect(placesIn(list)(point)).toBe(placeOf(list, point))
})

test('[SUG-30] suggestions move with what is typed, and are not read again for it', () => {
  const items = [replaced('a', [0], 10, 14, 'slow', 'steady'), replaced('b', [1], 8, 20, 'three people', 'four people')]
  let state = EditorState.create({ doc: doc('Growth is slow in the north.', 'We hire three people.'), plugins: plugins() })
  state = show(state, items)
  expect(shownIn(state)).toEqual(['slow', 'three people'])
  state = state.apply(state.tr.insertText('So far: ', 1))
  expect(shownIn(state)).toEqual(['slow', 'three people'])
  expect(rangeOfSuggestion(state, 'a')).toEqual({ from: 19, to: 23 })
  expect(rangeOfSuggestion(state, 'c')).toBeNull()
})

test('[SUG-30] a suggestion is shown at its words or not at all, whether the text arrived before the list or after it', () => {
  const item = replaced('a', [0], 10, 14, 'slow', 'steady')
  const before = doc('Growth is slow in the north.')
  // Somebody typed between the question and the answer.
  const state = EditorState.create({ doc: doc('So far: Growth is slow in the north.'), plugins: plugins() })
  expect(shownIn(show(state, [item], before))).toEqual(['slow'])
  expect(shownIn(show(state, [item]))).toEqual([])
  expect(shownIn(show(EditorState.create({ doc: doc('Costs.'), plugins: plugins() }), [item], before))).toEqual([])
})

test('[SUG-30] a thousand suggestions cost hardly anything at each letter', () => {
  const lines = Array.from({ length: 2_000 }, (_, index) => `Line ${index} of a long plan that says what is to be done.`)
  const items = Array.from({ length: 1_000 }, (_, index) => replaced(`s${index}`, [index * 2], 0, 4, 'Line', 'Row'))
  let state = show(EditorState.create({ doc: doc(...lines), plugins: plugins() }), items)
  const plain = EditorState.create({ doc: doc(...lines) })
  const cost = (state: EditorState) => {
    const start = performance.now()
    let now = state
    for (let key = 0; key < 200; key++) now = now.apply(now.tr.insertText('x', 5_000))
    return { each: (performance.now() - start) / 200, state: now }
  }
  cost(plain)
  const [without, with_] = [cost(plain).each, cost(state)]
  state = with_.state
  expect(shownIn(state).length).toBe(1_000)
  // A busy machine takes several times longer.
  expect(with_.each - without).toBeLessThan(10)
})

test('[SUG-30] labels name formats and kinds', () => {
  expect(formatNames([{ text: 'a' }], [{ text: 'a', marks: [{ type: 'bold' }] }])).toBe('bold')
  expect(formatNames([{ text: 'a', marks: [{ type: 'italic' }] }], [{ text: 'a', marks: [{ type: 'bold' }] }])).toBe('bold, not italic')
  expect(blockName({ type: 'heading', attrs: { level: 2 } })).toBe('heading 2')
  expect(labelOf('block', [], { after: [], block: { type: 'paragraph' } })).toBe('text')
  expect(labelOf('split', [], { after: [] })).toBe('new line')
  expect(labelOf('split', [], { after: [{ type: 'hardBreak' }, { type: 'text', text: 'A guard stays.' }] })).toBeNull()
  expect(labelOf('replace', [], { after: [] })).toBeNull()
})

test('[SUG-34] the list follows the text, by author and kind, and goes round', () => {
  const [first, second, gone] = [replaced('aa', [0], 3, 5, 'x', 'y'), replaced('b', [0], 9, 12, 'x', 'y'), suggestion('ccc', { author: 'vera', author_name: 'Vera', kind: 'delete', stands: 'gone' })]
  const all = [gone, second, first]
  expect(inTextOrder(all).map(({ id }) => id)).toEqual(['aa', 'b', 'ccc'])
  expect(filtered(all, { author: 'jonas', kind: '' }).length).toBe(2)
  expect(filtered(all, { author: '', kind: 'delete' })).toEqual([gone])
  expect(authorsOf(all)).toEqual([{ id: 'jonas', name: 'Jonas' }, { id: 'vera', name: 'Vera' }])
  const ordered = inTextOrder(all)
  expect(neighbour(ordered, null, 1)?.id).toBe('aa')
  expect(neighbour(ordered, 'ccc', 1)?.id).toBe('aa')
  expect(neighbour(ordered, 'aa', -1)?.id).toBe('ccc')
  expect(neighbour([], null, 1)).toBeUndefined()
})
