import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Live } from './live'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

test('subscribers hear of their topic until they leave', () => {
  const live = new Live()
  const [one, other] = [vi.fn(), vi.fn()]
  const leave = live.subscribe('threads/1', one)
  live.subscribe('threads/1', one)
  live.subscribe('threads/2', other)
  live.announce('threads/1')
  expect(one).toHaveBeenCalledTimes(2)
  leave()
  live.announce('threads/1')
  expect(one).toHaveBeenCalledTimes(3)
  expect(other).not.toHaveBeenCalled()
})

test('after a reconnect everything is to be read again', () => {
  const live = new Live()
  const again = vi.fn()
  const leave = live.onReconnect(again)
  live.reconnected()
  expect(again).toHaveBeenCalledTimes(1)
  leave()
  live.reconnected()
  expect(again).toHaveBeenCalledTimes(1)
})

test('the inbox is asked for, but not while an open document hears of it, and not without subscribers', () => {
  const live = new Live()
  const heard = vi.fn()
  const leave = live.subscribe('inbox', heard)
  live.subscribe('inbox', () => {})()
  vi.advanceTimersByTime(30_000)
  expect(heard).toHaveBeenCalledTimes(1)
  const disconnect = live.connect({})
  vi.advanceTimersByTime(300_000)
  expect(heard).toHaveBeenCalledTimes(1)
  live.announce('inbox')
  expect(heard).toHaveBeenCalledTimes(2)
  disconnect()
  vi.advanceTimersByTime(30_000)
  expect(heard).toHaveBeenCalledTimes(3)
  leave()
  expect(vi.getTimerCount()).toBe(0)
})

test('topics that no socket tells are asked for whatever is open', () => {
  const live = new Live()
  const heard = vi.fn()
  live.connect({})
  live.subscribe('webhook/1', heard)
  live.subscribe('documents', heard)
  vi.advanceTimersByTime(3_000)
  expect(heard).toHaveBeenCalledTimes(1)
})
