import { getSchema } from '@tiptap/core'
import { expect, test } from 'vitest'
import { schema as extensions } from '../extensions'
import { rangesOf } from './Find'

const schema = getSchema(extensions)
const text = (words: string, bold = false) => ({ type: 'text', text: words, ...(bold && { marks: [{ type: 'bold' }] }) })
const doc = schema.nodeFromJSON({
  type: 'doc',
  content: [
    { type: 'paragraph', content: [text('A c'), text('at', true), { type: 'hardBreak' }, text('and İ a Cat; concat.')] },
    { type: 'table', content: [{ type: 'tableRow', content: [{ type: 'tableCell', content: [{ type: 'paragraph', content: [text('cat (1+1)')] }] }] }] },
  ],
})
const found = (query: string, isCased = false, isWhole = false) => rangesOf(doc, { query, isCased, isWhole }).map(({ from, to }) => doc.textBetween(from, to, '|', '|'))

test('[EDIT-9] words are found across formats and in tables, by case and as whole words, and signs are only signs', () => {
  expect(found('cat')).toEqual(['cat', 'Cat', 'cat', 'cat'])
  expect(found('cat', true)).toEqual(['cat', 'cat', 'cat'])
  expect(found('cat', false, true)).toEqual(['cat', 'Cat', 'cat'])
  expect(found('(1+1)')).toEqual(['(1+1)'])
  expect(found('a-')).toEqual([])
  expect(found('')).toEqual([])
})
