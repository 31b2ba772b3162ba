import { expect, test } from 'vitest'
import type { Decision } from '../api'
import { decidedByDay } from './days'

test('decisions are grouped by day, in their order', () => {
  const on = (id: string, decided_at: string) => ({ id, decided_at }) as Decision
  const days = decidedByDay([on('c', '2026-11-29T12:00:00Z'), on('b', '2026-11-28T13:00:00Z'), on('a', '2026-11-28T12:00:00Z')])
  expect([...days.values()].map((those) => those.map(({ id }) => id))).toEqual([['c'], ['b', 'a']])
})
