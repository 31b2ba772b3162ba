import { expect, test, vi } from 'vitest'
import { Live, type Topic, type Wire } from './live'

/** A wire that records the topics that it is to watch. */
function recorder() {
  const wire = { watched: [] as (readonly Topic[])[], opened: 0, ended: 0, isWatching: true }
  const open = (): Wire => {
    wire.opened += 1
    return { watch: (topics) => wire.watched.push(topics), get isWatching() { return wire.isWatching }, end: () => { wire.ended += 1 } }
  }
  return { wire, open }
}
const settle = () => new Promise<void>((resolve) => queueMicrotask(resolve))

test('subscribers are notified of their topic until they unsubscribe', () => {
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

test('a reconnect calls back until the callback is removed', () => {
  const live = new Live()
  const again = vi.fn()
  const leave = live.onReconnect(again)
  live.reconnected()
  expect(again).toHaveBeenCalledTimes(1)
  leave()
  live.reconnected()
  expect(again).toHaveBeenCalledTimes(1)
})

test('the wire is opened by the first subscription, watches the subscribed topics, and ends when nobody is signed in', async () => {
  const live = new Live()
  const { wire, open } = recorder()
  const disconnect = live.connect(open)
  await settle()
  expect([wire.opened, live.isWatching]).toEqual([0, false])
  const leave = live.subscribe('inbox', () => {})
  live.subscribe('inbox', () => {})
  await settle()
  live.subscribe('documents', () => {})()
  live.subscribe('members', () => {})
  await settle()
  expect(wire.watched).toEqual([['inbox'], ['inbox', 'members']])
  leave()
  await settle()
  expect(wire.watched).toHaveLength(2)
  expect([wire.opened, live.isWatching]).toEqual([1, true])
  disconnect()
  expect([wire.ended, live.isWatching]).toEqual([1, false])
  live.subscribe('groups', () => {})
  await settle()
  expect(wire.opened).toBe(1)
  live.connect(open)
  await settle()
  expect(wire.watched.at(-1)).toEqual(['groups', 'inbox', 'members'])
})

test('without a wire nothing is requested, and topics wait for one', async () => {
  vi.useFakeTimers()
  const live = new Live()
  const heard = vi.fn()
  live.subscribe('webhook/1', heard)
  await vi.advanceTimersByTimeAsync(3_600_000)
  expect([heard.mock.calls.length, vi.getTimerCount()]).toEqual([0, 0])
  vi.useRealTimers()
  const { wire, open } = recorder()
  live.connect(open)
  await settle()
  expect(wire.watched).toEqual([['webhook/1']])
})

test('the wire does not watch topics that an open document reports', async () => {
  const live = new Live()
  const { wire, open } = recorder()
  live.connect(open)
  live.subscribe('threads/1', () => {})
  live.subscribe('inbox', () => {})
  const [one, other] = [live.exclude(['threads/1']), live.exclude(['threads/1'])]
  await settle()
  one()
  await settle()
  expect(wire.watched).toEqual([['inbox']])
  other()
  await settle()
  expect(wire.watched.at(-1)).toEqual(['inbox', 'threads/1'])
})
