import { expect, test, vi } from 'vitest'
import { Live, type Topic, type Wire } from './live'

/** A wire that notes what it is to watch. */
function recorder() {
  const wire = { watched: [] as (readonly Topic[])[], opened: 0, ended: 0, hears: true }
  const open = (): Wire => {
    wire.opened += 1
    return { watch: (topics) => wire.watched.push(topics), get hears() { return wire.hears }, end: () => { wire.ended += 1 } }
  }
  return { wire, open }
}
const settle = () => new Promise<void>((resolve) => queueMicrotask(resolve))

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

test('the wire is opened by the first subscription, watches what is shown, and ends when nobody is signed in', async () => {
  const live = new Live()
  const { wire, open } = recorder()
  const disconnect = live.connect(open)
  await settle()
  expect([wire.opened, live.hears]).toEqual([0, false])
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
  expect([wire.opened, live.hears]).toEqual([1, true])
  disconnect()
  expect([wire.ended, live.hears]).toEqual([1, false])
  live.subscribe('groups', () => {})
  await settle()
  expect(wire.opened).toBe(1)
  live.connect(open)
  await settle()
  expect(wire.watched.at(-1)).toEqual(['groups', 'inbox', 'members'])
})

test('without a wire nothing is asked for, and topics wait for one', async () => {
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

test('the wire does not watch what an open document tells', async () => {
  const live = new Live()
  const { wire, open } = recorder()
  live.connect(open)
  live.subscribe('threads/1', () => {})
  live.subscribe('inbox', () => {})
  const [one, other] = [live.tells(['threads/1']), live.tells(['threads/1'])]
  await settle()
  one()
  await settle()
  expect(wire.watched).toEqual([['inbox']])
  other()
  await settle()
  expect(wire.watched.at(-1)).toEqual(['inbox', 'threads/1'])
})
