import { expect, test } from 'vitest'
import { dateTime, fromField, timeSpan } from './dates'

test('a span shows a time once when both ends look the same', () => {
  const [first, sameMinute, later] = ['2026-11-28T10:00:01Z', '2026-11-28T10:00:59Z', '2026-11-29T10:00:00Z']
  expect(timeSpan(first, sameMinute)).toBe(dateTime(first))
  expect(timeSpan(first, later)).toBe(`${dateTime(first)} to ${dateTime(later)}`)
})

test('an empty date field is no date', () => {
  expect(fromField('')).toBeNull()
  expect(fromField(null)).toBeNull()
  expect(fromField('2026-11-28')).toBe('2026-11-28T00:00:00.000Z')
})
