import { describe, expect, it } from 'vitest'
import { Unsent } from './unsent'

describe('changes that the server does not have', () => {
  it('follow the provider once it is in sync', () => {
    const unsent = new Unsent(0)
    unsent.counted(1)
    expect(unsent.changes).toBe(0)
    unsent.counted(0)
    unsent.counted(1)
    unsent.edited()
    expect(unsent.changes).toBe(1)
    unsent.counted(0)
    expect(unsent.changes).toBe(0)
  })

  it('stay when a new connection sends its first request', () => {
    const unsent = new Unsent(0)
    unsent.counted(0)
    unsent.restarted()
    for (let typed = 0; typed < 14; typed++) unsent.edited()
    unsent.counted(1)
    expect(unsent.changes).toBe(14)
    unsent.counted(0)
    expect(unsent.changes).toBe(0)
  })

  it('stay when the server refuses them, whatever the connection', () => {
    const unsent = new Unsent(0)
    unsent.counted(0)
    unsent.counted(1)
    for (let connection = 0; connection < 3; connection++) {
      unsent.restarted()
      unsent.counted(1)
    }
    expect(unsent.changes).toBe(1)
  })

  it('of the last visit count as saved only after they were loaded', () => {
    const unsent = new Unsent(3)
    unsent.counted(1)
    unsent.counted(0)
    expect(unsent.changes).toBe(3)
    unsent.loaded(1)
    expect(unsent.changes).toBe(3)
    unsent.counted(0)
    expect(unsent.changes).toBe(0)
    const nothingNew = new Unsent(3)
    nothingNew.counted(0)
    nothingNew.loaded(0)
    expect(nothingNew.changes).toBe(0)
    const offline = new Unsent(3)
    offline.loaded(null)
    expect(offline.changes).toBe(3)
  })
})
