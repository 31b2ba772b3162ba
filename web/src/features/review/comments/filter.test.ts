import { expect, test } from 'vitest'
import type { ThreadView } from '../api'
import { type ThreadFilter, filtered, writersOf } from './filter'

const comment = (id: string, name: string, mentions: string[] = [], deleted_at?: string) => ({ author: { id, name }, mentions: mentions.map((one) => ({ kind: 'account', id: one })), ...(deleted_at && { deleted_at }) })
const thread = (thread_id: string, comments: object[], assignee?: string) => ({ thread_id, comments, ...(assignee && { assignee: { id: assignee, name: '' } }) }) as unknown as ThreadView

const THREADS = [
  thread('1', [comment('ana', 'Ana', ['ben']), comment('ben', 'Ben')]),
  thread('2', [comment('cleo', 'Cleo')], 'ben'),
  thread('3', [comment('ana', 'Ana'), comment('ben', 'Ben', [], '2026-01-01')]),
]

test('threads are filtered by what they are to the reader, and by person', () => {
  const left = (filter: ThreadFilter) => filtered(THREADS, filter, 'ben').map(({ thread_id }) => thread_id)
  expect(left('all')).toEqual(['1', '2', '3'])
  expect(left('mine')).toEqual(['1'])
  expect(left('mentioned')).toEqual(['1'])
  expect(left('assigned')).toEqual(['2'])
  expect(left({ person: 'ana' })).toEqual(['1', '3'])
  expect(writersOf(THREADS).map(({ name }) => name)).toEqual(['Ana', 'Ben', 'Cleo'])
})
