import { expect, test } from 'vitest'
import { fitting } from './Emoji'
import { datesFor } from './dates'
import { EMOJIS } from './emojis'
import { RULES } from './replacements'

/** What a line becomes while it is typed letter by letter. */
function typed(line: string): string {
  let text = ''
  for (const letter of line) {
    text += letter
    const rule = RULES.find(([find]) => find.test(text))
    if (rule) text = text.replace(rule[0], rule[1])
  }
  return text
}

test('[EDIT-11] signs are replaced, and what looks like them is left', () => {
  expect(typed('a -> b')).toBe('a → b')
  expect(typed('so -- well...')).toBe('so – well…')
  expect(typed('(c) 2026 (TM) 1/2 of it, != 3 +- 1')).toBe('© 2026 ™ ½ of it, ≠ 3 ± 1')
  expect(typed('--flag 11/2 <-> <!-- a --> ---')).toBe('--flag 11/2 <-> <!-- a --> ---')
})

test('[EDIT-11] dates have names, and a weekday is the coming one', () => {
  const sunday = new Date(2026, 10, 29)
  const named = (query: string) => datesFor(query, sunday).map(({ name, date }) => `${name} ${date.getMonth() + 1}/${date.getDate()}`)
  expect(named('to')).toEqual(['Today 11/29', 'Tomorrow 11/30'])
  expect(named('su')).toEqual(['Sunday 12/6'])
  expect(named('mon')).toEqual(['Monday 11/30'])
  expect(named('t')).toEqual([])
})

test('[EDIT-11] emoji have one sign each, and are found by what their names begin with first', () => {
  expect(EMOJIS.length).toBeGreaterThan(400)
  expect(EMOJIS.filter(({ name, sign }) => !/^[a-z0-9_+-]+$/.test(name) || !/^\P{ASCII}+$/u.test(sign))).toEqual([])
  expect(new Set(EMOJIS.map(({ name }) => name)).size).toBe(EMOJIS.length)
  expect(fitting(EMOJIS, 'rock')[0]?.sign).toBe('🚀')
  expect(fitting(EMOJIS, 'face').length).toBe(8)
})
