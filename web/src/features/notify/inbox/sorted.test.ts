import { expect, test } from 'vitest'
import type { Assignment, Notification } from '../api'
import { newsOf, sorted } from './sorted'

const news = (id: string, fields: Partial<Notification>) => ({ notification_id: id, kind: 'reply', must_do: false, ...fields }) as Notification
const assigned = (thread: string) => ({ thread_id: thread }) as Assignment
const idsOf = (groups: ReturnType<typeof sorted>) => Object.values(groups).map((those) => those.map(({ notification_id }) => notification_id))

test('[CMT-10] an assignment is listed once, as what waits, until it is done', () => {
  const all = [
    news('mention', { kind: 'mention', must_do: true }),
    news('open', { kind: 'assigned', must_do: true, thread_id: 't1' }),
    news('read', { kind: 'assigned', must_do: true, thread_id: 't2', read_at: '2026-01-01' }),
    news('done', { kind: 'assigned', thread_id: 't3' }),
    news('reply', { thread_id: 't1' }),
    news('old', { kind: 'mention', must_do: true, read_at: '2026-01-01' }),
  ]
  expect(idsOf(sorted(all, [assigned('t1'), assigned('t2')]))).toEqual([['mention'], ['done', 'reply'], ['old']])
  expect(newsOf(all, assigned('t1'))).toEqual(['open'])
  expect(newsOf(all, assigned('t2'))).toEqual([])
})
