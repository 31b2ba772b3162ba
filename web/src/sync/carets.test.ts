import { Awareness } from 'y-protocols/awareness'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { dropMalformedCarets, isCursor } from './carets'

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
