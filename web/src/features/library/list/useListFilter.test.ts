import { expect, test } from 'vitest'
import { readFilter, withField } from './useListFilter'

test('(LIST-10) a list is read from its address, and written there', () => {
  expect(readFilter('?q=plan&kind=case_study&tag=a%26b&sort=title&page=2')).toEqual({ q: 'plan', kind: 'case_study', tag: 'a&b', sort: 'title' })
  expect(readFilter('sort=words&owner=')).toEqual({})
  expect(withField('kind=custom', 'tag', 'a&b')).toBe('kind=custom&tag=a%26b')
  expect(withField('kind=custom&tag=x', 'tag', '')).toBe('kind=custom')
})
