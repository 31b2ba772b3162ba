import { expect, test } from 'vitest'
import { addressOf, matchOf } from './match'
import { hasOperator, operator, toggled } from './operators'

test('an operator is added to a query, and removed again', () => {
  expect(operator('tag', 'growth')).toBe('tag:growth')
  expect(operator('in', 'Board "x" room')).toBe('in:"Board x room"')
  const q = toggled('market plan', 'in:"Board room"')
  expect(q).toBe('market plan in:"Board room"')
  expect(hasOperator(q, 'in:"Board room"')).toBe(true)
  expect(hasOperator(q, 'in:Board')).toBe(false)
  expect(toggled(toggled(q, 'tag:a'), 'in:"Board room"')).toBe('market plan tag:a')
  expect(toggled('"market plan" -old', 'tag:a')).toBe('"market plan" -old tag:a')
})

test('the address of a match names its passage and words', () => {
  const parts = [{ text: '…', hit: false }, { text: 'our ', hit: false }, { text: 'plan', hit: true }, { text: ' & 100% more', hit: false }]
  const address = addressOf('1', { parts })
  expect(address.startsWith('/documents/1#match=')).toBe(true)
  expect(matchOf(address.slice(address.indexOf('#')))).toEqual({ passage: 'our plan & 100% more', words: ['plan'] })
  expect(addressOf('1', { attachment_id: '2', file: 'a.pdf', parts })).toBe('/documents/1#files')
  expect(addressOf('1', { thread_id: '2', parts })).toBe('/documents/1#thread=2')
  expect(addressOf('1', undefined)).toBe('/documents/1')
  expect(matchOf('#thread=1')).toBeUndefined()
})
