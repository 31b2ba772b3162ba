import { expect, test } from 'vitest'
import type { Revision } from '../api'
import { sentenceOf } from './sentence'

const revision = (fields: Partial<Revision>) => ({ authors: [], words_added: 0, words_removed: 0, sections: [], ...fields }) as unknown as Revision
const ana = { id: '1', name: 'Ana', color: '#000' }
const ben = { id: '2', name: 'Ben', color: '#000' }

test('[REV-13] a version is described in one sentence', () => {
  expect(sentenceOf(revision({ authors: [ana, ben], words_added: 120, words_removed: 14, sections: ['Pricing', 'Risks'] }))).toBe('Ana and Ben: 120 words added, 14 words removed in Pricing and Risks')
  expect(sentenceOf(revision({ authors: [ana], words_added: 1 }))).toBe('Ana: 1 word added')
  expect(sentenceOf(revision({ words_removed: 2, sections: ['Costs'] }))).toBe('2 words removed in Costs')
  expect(sentenceOf(revision({ authors: [ben] }))).toBe('Ben: formatting only')
  expect(sentenceOf(revision({ sections: ['Costs'] }))).toBe('formatting only in Costs')
  expect(sentenceOf(revision({ kind: 'submitted' }))).toBe('no changes to the text')
})
