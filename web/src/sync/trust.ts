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
  journal: 'the server cannot save now',
  database: 'the server cannot check rights now; it goes on for a minute',
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
  forbidden: 'you may not open this document',
  'not-found': "this document doesn't exist, or you don't have access",
  deleted: 'the document is in the trash',
  quarantined: 'the stored document is damaged; its operator must look at it',
  'document-too-large': 'the document is as large as it may be',
  'too-much-deleted': 'the document has been changed as often as it may be; copy its text into a new one',
  'read-only': 'you may read only',
  'root-mismatch': 'this page made something that is no document',
  'message-too-large': 'a change was larger than a document may be',
  'outdated-page': 'this page is from before an update of the server; copy what is new and reload the page',
  'client-id-taken': 'another window uses the identity of this one; copy what is new and reload the page',
}

export const explain = (code: string): string => REASONS[code] ?? `the server says "${code}"`

export function trust(state: SyncState, now: number, mayComment = false): Trust {
  const { unsaved } = state
  const changes = `${unsaved} ${unsaved === 1 ? 'change' : 'changes'}`
  if (state.refused === 'deleted') return { kind: 'danger', text: 'This document is in the trash.' }
  if (state.refused) return { kind: 'danger', text: `Cannot save: ${explain(state.refused)}` }
  if (!state.connected || state.isOffline) {
    if (unsaved > 0) return { kind: 'warn', text: `Offline – ${changes} saved on this device` }
    if (state.isOffline) return { kind: 'warn', text: 'Offline – everything is saved' }
    if (state.hasFailed || state.waitingMs > BLOCKED_AFTER_MS || state.version > 0) return { kind: 'warn', text: UNREACHABLE }
    return { kind: 'muted', text: 'Connecting…' }
  }
  if (state.readOnly) return { kind: 'muted', text: mayComment ? 'Comment only' : 'View only' }
  if (!state.synced) return { kind: 'muted', text: 'Connecting…' }
  if (state.trouble === 'journal') {
    return { kind: 'warn', text: unsaved > 0 ? `Saving is paused – ${changes} saved on this device` : `Nothing unsaved; ${WHILE.journal}` }
  }
  if (unsaved > 0 && now - state.unsavedSince > PATIENCE_MS) return { kind: 'muted', text: 'Saving…' }
  return state.trouble ? { kind: state.trouble === 'bus' ? 'ok' : 'warn', text: `Saved · ${WHILE[state.trouble]}` } : { kind: 'ok', text: 'Saved' }
}
