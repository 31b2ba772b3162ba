import { Awareness } from 'y-protocols/awareness'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { distinctColors, dropMalformedCarets, isCursor, spreadColors } from './carets'

test('positions that Yjs writes are carets', () => {
  const doc = new Y.Doc()
  const text = doc.getText('t')
  text.insert(0, 'words')
  for (const index of [0, 2, 5]) {
    for (const assoc of [-1, 0]) {
      const position = JSON.parse(JSON.stringify(Y.relativePositionToJSON(Y.createRelativePositionFromTypeIndex(text, index, assoc))))
      expect(isCursor({ anchor: position, head: position }), JSON.stringify(position)).toBe(true)
    }
  }
  expect(isCursor(null)).toBe(true)
  expect(isCursor(undefined)).toBe(true)
})

test('anything else is not a caret, and is dropped before it is shown', () => {
  const good = { item: { client: 1, clock: 2 } }
  const bad = [{}, 7, 'x', { anchor: null, head: null }, { anchor: good }, { anchor: good, head: {} }, { anchor: { item: 7 }, head: good }, { anchor: { item: { client: 'x', clock: 0 } }, head: good }, { anchor: { tname: 7 }, head: good }]
  for (const cursor of bad) expect(isCursor(cursor), JSON.stringify(cursor)).toBe(false)
  const awareness = new Awareness(new Y.Doc())
  dropMalformedCarets(awareness)
  const seen: unknown[] = []
  awareness.on('change', () => seen.push(awareness.getStates().get(9)?.cursor))
  awareness.states.set(9, { user: { name: 'Eve' }, cursor: bad[3] })
  awareness.emit('change', [{ added: [9], updated: [], removed: [] }, 'remote'])
  expect(seen).toEqual([undefined])
  awareness.destroy()
})

test('[SHELL-7] two people in a document never have the same colour, and the older account keeps its own', () => {
  const blue = '#3566bd'
  const people = new Map([['b', blue], ['a', blue], ['c', '#0d6a8c'], ['d', blue]])
  const colors = distinctColors(people)
  expect(colors.get('a')).toBe(blue)
  expect(new Set(colors.values()).size).toBe(4)
  // All pages compute the same colours, in whatever order people arrive.
  expect(distinctColors(new Map([...people].reverse()))).toEqual(colors)
  expect(distinctColors(new Map(Array.from({ length: 13 }, (_, index) => [`${index}`.padStart(2, '0'), blue]))).size).toBe(13)
})

test('[SHELL-7] colours are changed only on this page, and follow who is there', () => {
  const [mine, theirs] = [new Awareness(new Y.Doc()), new Awareness(new Y.Doc())]
  spreadColors(mine, 'a')
  mine.setLocalState({ user: { name: 'Ana', color: '#3566bd' } })
  mine.states.set(theirs.clientID, { user: { id: 'b', name: 'Bo', color: '#3566bd' } })
  mine.emit('change', [{ added: [theirs.clientID], updated: [], removed: [] }, 'test'])
  expect(mine.getLocalState()?.user.color).toBe('#3566bd')
  const shown = mine.states.get(theirs.clientID)?.user.color
  expect(shown).not.toBe('#3566bd')
  // A second computation starts from the colour of the account, not from the one that was shown.
  mine.emit('change', [{ added: [], updated: [theirs.clientID], removed: [] }, 'test'])
  expect(mine.states.get(theirs.clientID)?.user.color).toBe(shown)
})
