import { describe, expect, it } from 'vitest'
import { type SyncState, ageOf, trust, trustDetails, troubleOf } from './trust'

const saved: SyncState = { connected: true, hasFailed: false, isOffline: false, synced: true, unsaved: 0, unsavedSince: 0, savedAt: 0, saveMs: 0, currentAt: 0, version: 812, refused: null, readOnly: false, waitingMs: 0, trouble: null }

describe('the trust line', () => {
  it('says that everything is saved', () => {
    expect(trust(saved, 0)).toEqual({ kind: 'ok', text: 'Saved' })
  })
  it('does not flicker for a quick save', () => {
    const saving = { ...saved, unsaved: 1, unsavedSince: 1_000 }
    expect(trust(saving, 1_200).kind).toBe('ok')
    expect(trust(saving, 1_500)).toEqual({ kind: 'muted', text: 'Saving…' })
  })
  it('counts changes that are kept on this device', () => {
    expect(trust({ ...saved, connected: false, unsaved: 14 }, 0).text).toBe('Offline – 14 changes saved on this device')
    expect(trust({ ...saved, connected: false, unsaved: 1 }, 0).text).toBe('Offline – 1 change saved on this device')
  })
  it('says at once that the browser is offline, although the socket looks open', () => {
    expect(trust({ ...saved, isOffline: true, unsaved: 2, unsavedSince: 1 }, 2)).toEqual({ kind: 'warn', text: 'Offline – 2 changes saved on this device' })
    expect(trust({ ...saved, isOffline: true }, 0)).toEqual({ kind: 'warn', text: 'Offline – everything is saved' })
  })
  it('says that the server does not answer, also before it ever did', () => {
    const waiting = { ...saved, connected: false, synced: false, version: 0 }
    expect(trust(waiting, 0).text).toBe('Connecting…')
    for (const state of [{ ...waiting, hasFailed: true }, { ...waiting, waitingMs: 5_001 }, { ...waiting, version: 3 }]) {
      expect(trust(state, 0)).toEqual({ kind: 'warn', text: "Can't reach the server. Trying again…" })
    }
  })
  it('says which store does not answer, and never that paused changes are saved', () => {
    expect(troubleOf({ database: 'down', journal: 'down', bus: 'down' })).toBe('journal')
    expect(troubleOf({ database: 'up', journal: 'up', bus: 'up' })).toBeNull()
    expect(trust({ ...saved, trouble: 'journal', unsaved: 3, unsavedSince: 1 }, 1)).toEqual({ kind: 'warn', text: 'Saving is paused – 3 changes saved on this device' })
    expect(trust({ ...saved, trouble: 'journal' }, 1).text).toBe("Everything is saved · the server can't save right now")
    expect(trust({ ...saved, trouble: 'database' }, 1).kind).toBe('warn')
    expect(trust({ ...saved, trouble: 'bus' }, 1)).toEqual({ kind: 'ok', text: 'Saved · updates from others may be delayed' })
  })
  it('never claims safety after a refusal', () => {
    expect(trust({ ...saved, refused: 'deleted' }, 0)).toEqual({ kind: 'danger', text: 'This document is in the trash.' })
  })
  it('says what a person without the right to edit can do', () => {
    expect(trust({ ...saved, readOnly: true }, 0)).toEqual({ kind: 'muted', text: 'View only' })
    expect(trust({ ...saved, readOnly: true }, 0, true).text).toBe('Comment only')
  })
  it('[SHELL-8] says how old the text is while the server cannot be reached', () => {
    const away = { ...saved, connected: false, currentAt: 1_000 }
    expect(ageOf(away, 60_999)).toBeUndefined()
    expect(ageOf(away, 61_000)).toBe('The text you see is 1 minute old.')
    expect(ageOf(away, 3_601_000)).toBe('The text you see is 1 hour old.')
    expect(ageOf({ ...away, currentAt: 0 }, 3_601_000)).toBeUndefined()
    expect(ageOf({ ...away, connected: true }, 3_601_000)).toBeUndefined()
    expect(ageOf({ ...away, connected: true, isOffline: true }, 3_601_000)).toBe('The text you see is 1 hour old.')
  })
  it('tells the time of the last save, and how long a save takes, when it is asked', () => {
    expect(trustDetails({ ...saved, savedAt: 5, saveMs: 40 }, (at) => `T${at}`)).toBe('Last saved on the server at T5. Saving takes 40 ms now.')
    expect(trustDetails(saved, String)).toBe('Every change is saved on the server as you type.')
    expect(trustDetails({ ...saved, connected: false }, String)).toContain('You can keep writing.')
  })
})
