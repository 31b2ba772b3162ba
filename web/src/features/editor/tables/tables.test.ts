import { getSchema } from '@tiptap/core'
import type { Node } from '@tiptap/pm/model'
import { expect, test } from 'vitest'
import { schema as extensions } from '../extensions'
import { numberOf, sortedBy } from './tables'

const schema = getSchema(extensions)
const row = (...cells: string[]): Node =>
  schema.nodeFromJSON({ type: 'tableRow', content: cells.map((text) => ({ type: 'tableCell', content: [{ type: 'paragraph', content: text === '' ? [] : [{ type: 'text', text }] }] })) })
const firsts = (rows: Node[]) => rows.map((row) => row.child(0).textContent)

test('[EDIT-7] numbers are read as people write them', () => {
  const written = ['9', '11 %', '1,200', '1.200,50', '1,200.50', "1'000", '-3', '€ 5.5', '3.25']
  expect(written.map(numberOf)).toEqual([9, 11, 1200, 1200.5, 1200.5, 1000, -3, 5.5, 3.25])
  expect(['', 'none', '3 apples', 'Q3'].map(numberOf)).toEqual([null, null, null, null])
})

test('[EDIT-7] rows are sorted by numbers or words, empty cells last, and equal ones keep their order', () => {
  const rows = [row('b', '11'), row('a', '9'), row('c', ''), row('d', '9')]
  expect(firsts(sortedBy(rows, 1, 'up'))).toEqual(['a', 'd', 'b', 'c'])
  expect(firsts(sortedBy(rows, 1, 'down'))).toEqual(['b', 'a', 'd', 'c'])
  expect(firsts(sortedBy(rows, 0, 'up'))).toEqual(['a', 'b', 'c', 'd'])
})
