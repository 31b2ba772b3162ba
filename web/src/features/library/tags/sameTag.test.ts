import { expect, test } from 'vitest'
import { sameTag } from './sameTag'

test('a typed tag is the one that exists', () => {
  const known = [{ name: 'Märkte' }, { name: 'Plan' }, { name: 'plan' }]
  expect(sameTag(' markte ', known)).toBe('Märkte')
  expect(sameTag('plan', known)).toBe('plan')
  expect(sameTag('PLAN', known)).toBe('Plan')
  expect(sameTag('Planning', known)).toBe('Planning')
  expect(sameTag('  ', known)).toBeUndefined()
})
