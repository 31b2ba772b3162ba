// @vitest-environment jsdom
import { getSchema } from '@tiptap/core'
import { TaskItem, TaskList } from '@tiptap/extension-list'
import { TableKit } from '@tiptap/extension-table'
import type { Node } from '@tiptap/pm/model'
import { EditorState, TextSelection } from '@tiptap/pm/state'
import { Mapping, Transform } from '@tiptap/pm/transform'
import { StarterKit } from '@tiptap/starter-kit'
import { expect, test } from 'vitest'
import { changesBetween, differingBlocks } from './changes'
import { distance, mappingBetween, rangeIn, rebase, rebaseEditor } from './rebase'

const schema = getSchema([StarterKit, TaskList, TaskItem.configure({ nested: true }), TableKit])

/** A generator of numbers that are the same for the same seed. */
function dice(seed: number) {
  let state = seed * 2654435761 + 1
  const next = () => {
    state = (Math.imul(state ^ (state >>> 15), 2246822519) + 3266489917) | 0
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32
  }
  return { upTo: (most: number) => Math.floor(next() * most), pick: <T>(all: readonly T[]): T => all[Math.floor(next() * all.length)] as T }
}
type Dice = ReturnType<typeof dice>

// Few words, so that they often meet their equals.
const WORDS = ['growth', 'is', 'slow', 'in', 'the', 'north', 'we', 'hire', 'three', 'people', 'costs', 'rise', 'office', 'moves', 'June']
const words = (d: Dice, count: number) => Array.from({ length: count }, () => d.pick(WORDS)).join(' ')
const line = (d: Dice) => {
  const parts = Array.from({ length: 1 + d.upTo(3) }, (_, index) => schema.text(`${index ? ' ' : ''}${words(d, 1 + d.upTo(4))}`, d.upTo(4) === 0 ? [schema.mark('bold')] : d.upTo(6) === 0 ? [schema.mark('italic')] : []))
  if (d.upTo(8) === 0) parts.splice(1, 0, schema.node('hardBreak'))
  return parts
}
const paragraph = (d: Dice) => schema.node('paragraph', null, d.upTo(10) === 0 ? [] : line(d))
function block(d: Dice): Node {
  switch (d.upTo(9)) {
    case 0: return schema.node('heading', { level: 1 + d.upTo(3) }, line(d))
    case 1: return schema.node('bulletList', null, Array.from({ length: 1 + d.upTo(3) }, () => schema.node('listItem', null, [paragraph(d), ...(d.upTo(3) === 0 ? [schema.node('bulletList', null, [schema.node('listItem', null, [paragraph(d)])])] : [])])))
    case 2: return schema.node('taskList', null, Array.from({ length: 1 + d.upTo(2) }, () => schema.node('taskItem', { checked: d.upTo(2) === 0 }, [paragraph(d)])))
    case 3: return schema.node('table', null, Array.from({ length: 2 }, () => schema.node('tableRow', null, Array.from({ length: 2 }, () => schema.node('tableCell', null, [paragraph(d)])))))
    case 4: return d.upTo(2) ? schema.node('horizontalRule') : schema.node('codeBlock', null, [schema.text(words(d, 4))])
    case 5: return schema.node('blockquote', null, [paragraph(d), paragraph(d)])
    default: return paragraph(d)
  }
}
const text = (d: Dice) => schema.node('doc', null, Array.from({ length: 2 + d.upTo(6) }, () => block(d)))

/** A place in a line. */
function placeIn(doc: Node, d: Dice): number {
  const lines: [number, number][] = []
  doc.descendants((node, at) => {
    if (node.isTextblock) lines.push([at + 1, node.content.size])
  })
  const [start, size] = lines.length > 0 ? d.pick(lines) : [0, 0]
  return start + d.upTo(size + 1)
}

/** Makes one everyday edit, as another person would. */
function edit(tr: Transform, d: Dice): void {
  const at = placeIn(tr.doc, d)
  const $at = tr.doc.resolve(at)
  const index = d.upTo(tr.doc.childCount)
  const start = tr.doc.content.content.slice(0, index).reduce((sum, node) => sum + node.nodeSize, 0)
  const end = start + tr.doc.child(index).nodeSize
  try {
    switch (d.upTo(9)) {
      case 0: return void tr.insert(at, schema.text(` ${words(d, 1 + d.upTo(2))}`))
      case 1: return void tr.delete(at, Math.min(at + 1 + d.upTo(12), $at.end()))
      case 2: return void tr.replaceWith(at, Math.min(at + 1 + d.upTo(8), $at.end()), schema.text(d.pick(WORDS)))
      case 3: return void tr.addMark(at, Math.min(at + 6, $at.end()), schema.mark('bold'))
      case 4: return void tr.split(at)
      case 5: return void ($at.depth === 1 && tr.setNodeMarkup($at.before(), schema.nodes.heading, { level: 2 }))
      case 6: return void tr.insert(start, block(d))
      case 7: return void (tr.doc.childCount > 1 && tr.delete(start, end))
      default: return void (index > 0 && tr.doc.child(index).isTextblock && tr.doc.child(index - 1).type === tr.doc.child(index).type && tr.join(start))
    }
  } catch {
    // The edit does not fit there.
  }
}

const SEEDS = Number(process.env.REBASE_SEEDS ?? 600)

test('[SUG-31] the changes between two texts make one the other', () => {
  for (let seed = 0; seed < SEEDS; seed++) {
    const d = dice(seed)
    const before = text(d)
    const changed = new Transform(before)
    for (let count = d.upTo(6); count >= 0; count--) edit(changed, d)
    const after = d.upTo(10) === 0 ? text(d) : changed.doc
    const made = rebase(new Transform(before), before, after, new Mapping()).doc
    expect(made.eq(after), `seed ${seed}\n${before}\n${after}\n${made}`).toBe(true)
    made.check()
  }
})

/** Letters that are nowhere else, in the order in which they are typed. */
const MINE = 'абвгдежзийклмнопрстуфхцчшщъыьэюя'

test('[SUG-31] nothing that is typed while an answer is on its way is lost, and the caret stays behind it', () => {
  let [kept, places] = [0, 0]
  for (let seed = 0; seed < SEEDS; seed++) {
    const d = dice(seed)
    const sent = text(d)
    const others = new Transform(sent)
    for (let count = d.upTo(5); count >= 0; count--) edit(others, d)
    const answer = others.doc
    let state = EditorState.create({ doc: sent })
    const typed = new Mapping()
    const act = (make: (tr: EditorState['tr']) => unknown) => {
      const tr = state.tr
      make(tr)
      typed.appendMapping(tr.mapping)
      state = state.apply(tr)
    }
    const at = placeIn(sent, d)
    act((tr) => tr.setSelection(TextSelection.near(tr.doc.resolve(at))))
    let letters = ''
    for (let count = 1 + d.upTo(10); count > 0; count--) {
      const { from, $from } = state.selection
      const what = d.upTo(12)
      if (what === 0 && from - $from.start() > 0 && !letters.endsWith('|')) act((tr) => tr.delete(from - 1, from) && undefined)
      else if (what === 1 && $from.depth === 1) act((tr) => tr.split(from))
      else {
        const letter = MINE[letters.length] as string
        letters += letter
        act((tr) => tr.insertText(letter))
        continue
      }
      // A letter that was typed and deleted again is not missed.
      letters = [...letters].filter((letter) => state.doc.textContent.includes(letter)).join('')
    }
    const here = state.doc.textContent
    const expected = [...here].filter((letter) => MINE.includes(letter)).join('')
    const caret = state.selection.from
    const behind = state.doc.textBetween(Math.max(0, caret - 1), caret)
    const tr = rebaseEditor(state.tr, sent, answer, typed)
    tr.doc.check()
    const got = [...tr.doc.textContent].filter((letter) => MINE.includes(letter)).join('')
    expect(got, `seed ${seed}\nsent ${sent}\ntyped ${state.doc}\nanswer ${answer}\nmade ${tr.doc}`).toBe(expected)
    if (MINE.includes(behind) && behind !== '') {
      const place = tr.selection.from
      expect(tr.doc.textBetween(Math.max(0, place - 1), place), `seed ${seed}`).toBe(behind)
      places++
    }
    kept += got.length
  }
  expect(kept).toBeGreaterThan(SEEDS)
  expect(places).toBeGreaterThan(SEEDS / 3)
})

test('[SUG-31] what is typed in one line and changed in another is as if one had come after the other', () => {
  for (let seed = 0; seed < SEEDS; seed++) {
    const d = dice(seed)
    const sent = schema.node('doc', null, Array.from({ length: 4 }, () => schema.node('paragraph', null, [schema.text(words(d, 5))])))
    const mine = d.upTo(4)
    const theirs = (mine + 1 + d.upTo(3)) % 4
    const inBlock = (doc: Node, index: number) => doc.content.content.slice(0, index).reduce((sum, node) => sum + node.nodeSize, 0) + 1
    const typed = new Transform(sent)
    const at = inBlock(sent, mine) + d.upTo(sent.child(mine).content.size)
    typed.insert(at, schema.text('ж'))
    const theirEdit = (tr: Transform) => tr.insert(inBlock(tr.doc, theirs) + 3, schema.text(d.pick(['ñ', ' ñ ', 'ññ'])))
    const answer = new Transform(sent)
    theirEdit(answer)
    const both = new Transform(typed.doc)
    const added = answer.doc.child(theirs)
    both.replaceWith(inBlock(both.doc, theirs) - 1, inBlock(both.doc, theirs) - 1 + both.doc.child(theirs).nodeSize, added)
    const made = rebase(new Transform(typed.doc), sent, answer.doc, typed.mapping)
    expect(made.doc.eq(both.doc), `seed ${seed}: ${made.doc} is not ${both.doc}`).toBe(true)
  }
})

const doc = (...lines: string[]) => schema.node('doc', null, lines.map((line) => schema.node('paragraph', null, line ? [schema.text(line)] : [])))

test('[SUG-31] words are compared as words, and a kind of block apart from its words', () => {
  const before = doc('Growth is slow in the north.', 'We hire three people.')
  const after = doc('Growth is steady in the far north.', 'We hire three people.')
  expect(changesBetween(before, after).map((change) => change.kind === 'replace' && [before.textBetween(change.from, change.to), change.slice.content.textBetween(0, change.slice.size)]))
    .toEqual([['low', 'teady'], ['', ' far']])
  const heading = schema.node('doc', null, [schema.node('heading', { level: 2 }, [schema.text('Growth is slow in the north.')]), before.child(1)])
  expect(changesBetween(before, heading)).toMatchObject([{ kind: 'shape', at: 0 }])
  const bold = schema.node('doc', null, [schema.node('paragraph', null, [schema.text('Growth is '), schema.text('slow', [schema.mark('bold')]), schema.text(' in the north.')]), before.child(1)])
  expect(changesBetween(before, bold)).toMatchObject([{ kind: 'marks', from: 11, to: 15 }])
  expect(distance(before, bold)).toBe(1)
  expect(differingBlocks(before, bold)).toEqual({ from: 0, to: 1, toAfter: 1 })
  expect(differingBlocks(before, before)).toBeNull()
})

test('[SUG-31] places lead through inserted and deleted words to the same letters', () => {
  const before = doc('Growth is slow in the north.', 'We hire three people.')
  const after = doc('So far: Growth is slow in the north.', '', 'We hire people.')
  const at = 11
  const mapping = mappingBetween(before, after)
  expect(after.textBetween(mapping.map(at), mapping.map(at + 4))).toBe('slow')
})

test('[SUG-31] places lead from one editor to another, whose kinds of nodes are objects of its own', () => {
  const other = getSchema([StarterKit, TaskList, TaskItem.configure({ nested: true }), TableKit])
  const there = other.nodeFromJSON(doc('Omicron one.', 'Bravo charlie delta echo foxtrot.').toJSON())
  const here = doc('Alpha one.', 'Bravo charlie delta echo foxtrot.')
  for (const [before, after] of [[there, here], [here, there]] as const) {
    const text = (node: Node, from: number) => node.textBetween(from, from + 4)
    let at = 0
    before.descendants((node, pos) => {
      if (node.isText && node.text?.includes('echo')) at = pos + node.text.indexOf('echo')
    })
    expect(text(before, at)).toBe('echo')
    expect(text(after, mappingBetween(before, after).map(at))).toBe('echo')
  }
})

test('[SUG-31] a line in which somebody writes stays when another person deletes it', () => {
  const sent = doc('One.', 'Two.', 'Three.')
  const typed = new Transform(sent).insert(7 + 4, schema.text(' More.'))
  const made = rebase(new Transform(typed.doc), sent, doc('One.', 'Three.'), typed.mapping).doc
  expect(made.eq(doc('One.', 'Two. More.', 'Three.'))).toBe(true)
  // Nothing was written in the paragraph, so it is deleted.
  const deleted = new Transform(sent).delete(8, 10)
  expect(rebase(new Transform(deleted.doc), sent, doc('One.', 'Three.'), deleted.mapping).doc.eq(doc('One.', 'Three.'))).toBe(true)
})

test('[SUG-31] a word that two people change keeps what was typed here', () => {
  const sent = doc('Growth is slow here.')
  const typed = new Transform(sent).insert(13, schema.text('ж'))
  const made = rebase(new Transform(typed.doc), sent, doc('Growth is steady here.'), typed.mapping).doc
  expect(made.textContent).toContain('ж')
  expect(made.textContent).toContain('teady')
})

test('[SUG-31] in a long document, a paragraph that others change stays the same paragraph', () => {
  const lines = Array.from({ length: 150 }, (_, n) => `Paragraph ${n} says what the team will do.`)
  const changed = (at: number, line: string) => (old: string, n: number) => (n === at ? line : old)
  const sent = doc(...lines)
  const typed = new Transform(sent).insert(sent.child(0).nodeSize + 1, schema.text('ж'))
  const answer = doc(...lines.map(changed(1, 'Paragraph 1 says what the whole team will do.')).map(changed(140, 'Paragraph 140 says what you will do.')))
  const made = rebase(new Transform(typed.doc), sent, answer, typed.mapping).doc
  expect(made.childCount).toBe(150)
  expect(made.child(1).textContent).toBe('жParagraph 1 says what the whole team will do.')
})

test('[SUG-30] a caret stays a caret in the other text, which may have arrived first, and a selection keeps its words', () => {
  const doc = (...lines: string[]) => schema.node('doc', null, lines.map((line) => schema.node('paragraph', null, line ? [schema.text(line)] : [])))
  const [empty, full] = [doc(''), doc('Growth is slow in the north.', 'We hire three people.')]
  expect(rangeIn(empty, full, { from: 1, to: 1 })).toEqual({ from: 1, to: 1 })
  const more = doc('Growth is very slow in the north.', 'We hire three people.')
  // "slow" is selected; text added before it stays outside of the selection.
  const there = rangeIn(full, more, { from: 11, to: 15 })
  expect(more.textBetween(there.from, there.to)).toBe('slow')
  const caret = rangeIn(full, more, { from: 11, to: 11 })
  expect(caret.from).toBe(caret.to)
  // If the selected words do not exist in the other text, nothing is selected.
  const without = rangeIn(more, full, { from: 11, to: 16 })
  expect(without.from).toBe(without.to)
})
