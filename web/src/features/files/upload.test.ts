import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Problem } from '../../client'
import { sendParts } from './upload'

const MB = 1 << 20
beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A server that keeps what arrives, and whose connection breaks before or after some of the parts. */
function serverOf(breaks: Record<number, 'before' | 'after'>) {
  const kept: Blob[] = []
  const sizes: number[] = []
  let calls = 0
  const arrived = () => kept.reduce((bytes, part) => bytes + part.size, 0)
  return {
    text: async () => (await Promise.all(kept.map((part) => part.text()))).join(''),
    sizes,
    parts: (size: number) => ({
      send: async (part: Blob, from: number) => {
        const breaking = breaks[calls++]
        if (breaking === 'before') throw new Problem(0, 'unreachable', 'gone')
        if (from !== arrived()) throw new Problem(409, 'wrong-offset', `at ${arrived()}`)
        if (part.size > 0) kept.push(part)
        sizes.push(part.size)
        if (breaking === 'after') throw new Problem(503, 'unavailable', 'gone')
        return { offset: arrived(), whole: arrived() === size || null }
      },
      arrived: async () => arrived(),
    }),
  }
}

test('[FILE-7] [IN-14] a file goes on where it was, whichever answers are lost, and every byte arrives once', async () => {
  const content = 'abcdefghijklmnopqrstuvw'.repeat(400_000)
  const file = new Blob([content])
  const all: Record<number, 'before' | 'after'>[] = [{}, { 0: 'before' }, { 1: 'after' }, { 2: 'after' }, { 0: 'after', 2: 'before', 3: 'after', 4: 'after' }]
  for (const breaks of all) {
    const server = serverOf(breaks)
    const sent = sendParts(file, server.parts(file.size), new AbortController().signal)
    await vi.runAllTimersAsync()
    expect(await sent).toBe(true)
    expect(await server.text() === content, JSON.stringify(breaks)).toBe(true)
    expect(Math.max(...server.sizes)).toBeLessThanOrEqual(4 * MB)
  }
})

test('a refusal is not tried again, and neither is a connection that never comes back', async () => {
  const file = new Blob(['words'])
  const refusing = vi.fn(() => Promise.reject(new Problem(413, 'file-too-large', 'too large')))
  await expect(sendParts(file, { send: refusing, arrived: async () => 0 }, new AbortController().signal)).rejects.toThrow('too large')
  expect(refusing).toHaveBeenCalledTimes(1)
  const gone = vi.fn(() => Promise.reject(new Problem(0, 'unreachable', 'gone')))
  const sent = expect(sendParts(file, { send: gone, arrived: gone }, new AbortController().signal)).rejects.toThrow('gone')
  await vi.runAllTimersAsync()
  await sent
})
