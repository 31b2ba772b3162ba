import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Pinger } from './unanswered'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('(A8) [SHELL-8] a page that gets no answer asks the server within a second, and says so if that fails', async () => {
  const told: string[] = []
  let isThere = true
  const pinger = new Pinger(() => told.push('gone'), () => Promise.resolve(isThere))
  pinger.asked()
  await vi.advanceTimersByTimeAsync(900)
  pinger.answered()
  await vi.advanceTimersByTimeAsync(5_000)
  // The server is only slow.
  pinger.asked()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(told).toEqual([])
  isThere = false
  pinger.asked()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(told).toEqual(['gone'])
  pinger.asked()
  pinger.end()
  await vi.advanceTimersByTimeAsync(5_000)
  expect(told).toEqual(['gone'])
})
