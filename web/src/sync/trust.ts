// The sentence that shows whether edits are safe. A pure function of the state.

export interface SyncState {
  connected: boolean
  /** The last attempt to connect failed. */
  hasFailed: boolean
  /** The browser said that it has no network, and nothing has arrived since. */
  isOffline: boolean
  synced: boolean
  /** Local changes that the server has not saved yet. */
  unsaved: number
  /** When the oldest of them was made, in ms since 1970; 0 if there are none. */
  unsavedSince: number
  /** When the last of them was saved, in ms since 1970; 0 before. */
  savedAt: number
  /** How long the last save took, in ms; 0 before the first. */
  saveMs: number
  /** When the text was last known to be the server's, in ms since 1970; 0 if never. */
  currentAt: number
  /** Last durable version, 0 before the first answer. */
  version: number
  /** The code with which the server refuses edits, if it does. */
  refused: string | null
  readOnly: boolean
  /** How long the socket has not been open, in ms. */
  waitingMs: number
  /** The server's store that does not answer now. */
  trouble: Trouble | null
}

export type Trouble = 'journal' | 'database' | 'bus'

/** The server's report on its stores; see /readyz. */
export interface Health {
  database: 'up' | 'down'
  journal: 'up' | 'down'
  bus: 'up' | 'down'
}

/** The most important store that does not answer. */
export function troubleOf(health: Health): Trouble | null {
  const order: Trouble[] = ['journal', 'database', 'bus']
  return order.find((store) => health[store] === 'down') ?? null
}

const WHILE: Record<Trouble, string> = {
  journal: "the server can't save right now",
  database: "the server can't check access right now and continues for a minute",
  bus: 'updates from others may be delayed',
}

export type Trust = { kind: 'ok' | 'muted' | 'warn' | 'danger'; text: string }

export const UNREACHABLE = "Can't reach the server. Trying again…"

/** For a faster save, "Saving…" would only flicker. */
const PATIENCE_MS = 400
/** After this time the socket is considered blocked, or the server unavailable. */
export const BLOCKED_AFTER_MS = 5_000

const REASONS: Record<string, string> = {
  unauthorized: 'you are signed out',
  forbidden: "you don't have access to this document",
  'not-found': "this document doesn't exist, or you don't have access",
  quarantined: 'the stored document is damaged. Ask the operator of this server to repair it',
  'document-too-large': 'this document has reached its size limit',
  'too-much-deleted': 'this document has reached its limit of changes. Copy its text into a new one',
  'read-only': 'you can only view this document',
  'root-mismatch': "this page made a change that isn't part of a document",
  'message-too-large': 'a change was larger than the limit',
  'outdated-page': 'the server was updated. Copy your latest changes and reload the page',
  'client-id-taken': 'another window has the identity of this one. Copy your latest changes and reload the page',
}

export const explain = (code: string): string => REASONS[code] ?? `the server answered “${code}”`

/** In the trash, nothing can be written: it must be restored first. */
export const IN_TRASH = 'This document is in the trash.'

/** `mayComment`: whether a person who cannot edit can comment. */
export function trust(state: SyncState, now: number, mayComment = false): Trust {
  const { unsaved } = state
  const changes = `${unsaved} ${unsaved === 1 ? 'change' : 'changes'}`
  if (state.refused === 'deleted') return { kind: 'danger', text: IN_TRASH }
  if (state.refused) return { kind: 'danger', text: `Can't save: ${explain(state.refused)}` }
  if (!state.connected || state.isOffline) {
    if (unsaved > 0) return { kind: 'warn', text: `Offline – ${changes} saved on this device` }
    if (state.isOffline) return { kind: 'warn', text: 'Offline – everything is saved' }
    if (state.hasFailed || state.waitingMs > BLOCKED_AFTER_MS || state.version > 0) return { kind: 'warn', text: UNREACHABLE }
    return { kind: 'muted', text: 'Connecting…' }
  }
  if (state.readOnly) return { kind: 'muted', text: mayComment ? 'Comment only' : 'View only' }
  if (!state.synced) return { kind: 'muted', text: 'Connecting…' }
  if (state.trouble === 'journal') {
    return { kind: 'warn', text: unsaved > 0 ? `Saving is paused – ${changes} saved on this device` : `Everything is saved · ${WHILE.journal}` }
  }
  if (unsaved > 0 && now - state.unsavedSince > PATIENCE_MS) return { kind: 'muted', text: 'Saving…' }
  return state.trouble ? { kind: state.trouble === 'bus' ? 'ok' : 'warn', text: `Saved · ${WHILE[state.trouble]}` } : { kind: 'ok', text: 'Saved' }
}

const MINUTE_MS = 60_000

/** How old the text is that the page shows, while the server cannot be reached; undefined for less than a minute. */
export function ageOf({ connected, isOffline, currentAt }: Pick<SyncState, 'connected' | 'isOffline' | 'currentAt'>, now: number): string | undefined {
  const minutes = Math.floor((now - currentAt) / MINUTE_MS)
  if ((connected && !isOffline) || currentAt === 0 || minutes < 1) return undefined
  const [count, unit] = minutes < 60 ? [minutes, 'minute'] : minutes < 48 * 60 ? [Math.floor(minutes / 60), 'hour'] : [Math.floor(minutes / (24 * 60)), 'day']
  return `The text you see is ${count} ${count === 1 ? unit : `${unit}s`} old.`
}

/** What the trust line says when it is asked: when the text was saved, where, and how long that takes now. */
export function trustDetails({ unsaved, savedAt, saveMs, connected, isOffline }: SyncState, time: (at: number) => string): string {
  if (!connected || isOffline) return 'You can keep writing. Your changes are kept on this device, and sent when the server can be reached.'
  const last = savedAt > 0 ? `Last saved on the server at ${time(savedAt)}.` : 'Every change is saved on the server as you type.'
  const pace = saveMs > 0 ? ` Saving takes ${saveMs < 1_000 ? `${saveMs} ms` : `${(saveMs / 1_000).toFixed(1)} s`} now.` : ''
  return `${unsaved > 0 ? 'Your changes are on this device and on their way to the server. ' : ''}${last}${pace}`
}
