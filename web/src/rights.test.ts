import { expect, test } from 'vitest'
import { type Right, mayAdminister, mayApprove, mayComment, mayDecide, mayEdit } from './rights'

test('each right includes those before it', () => {
  const rights: (Right | null | undefined)[] = [undefined, null, 'view', 'comment', 'edit', 'approve', 'admin']
  expect(rights.map(mayComment)).toEqual([false, false, false, true, true, true, true])
  expect(rights.map(mayEdit)).toEqual([false, false, false, false, true, true, true])
  expect(rights.map(mayApprove)).toEqual([false, false, false, false, false, true, true])
  expect(rights.map(mayAdminister)).toEqual([false, false, false, false, false, false, true])
})

test('a thread can be resolved by its author, or by somebody who may edit', () => {
  expect(mayDecide('ana', 'ana', 'comment')).toBe(true)
  expect(mayDecide('ana', 'jonas', 'comment')).toBe(false)
  expect(mayDecide('ana', 'jonas', 'edit')).toBe(true)
  expect(mayDecide(undefined, 'jonas', 'comment')).toBe(false)
})
