// The sentence that shows whether edits are safe. A pure function of the state.
import { t } from '../messages'
import { decimal, number } from '../numbers'

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
  /** When the text was last known to equal the server's, in ms since 1970; 0 if never. */
  currentAt: number
  /** Last durable version, 0 before the first answer. */
  version: number
  /** The code with which the server refuses edits, if it does. */
  refused: string | null
  readOnly: boolean
  /** How long the socket has not been open, in ms. */
  waitingMs: number
  /** The store of the server that does not answer at present, if there is one. */
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
  journal: t.theServerCantSaveRight,
  database: t.theServerCantCheckAccess,
  bus: t.updatesFromOthersMayBe,
}

export type Trust = { kind: 'ok' | 'muted' | 'warn' | 'danger'; text: string }

export const UNREACHABLE = t.cantReachTheServer

/** For a faster save, "Saving…" would only flicker. */
const PATIENCE_MS = 400
/** After this time the socket is considered blocked, or the server unavailable. */
export const BLOCKED_AFTER_MS = 5_000

const REASONS: Record<string, string> = {
  unauthorized: t.youAreSignedOut,
  forbidden: t.youDontHaveAccessTo,
  'not-found': t.thisDocumentDoesntExistOr,
  quarantined: t.theStoredDocumentIsDamaged,
  'document-too-large': t.reachedItsSize,
  'too-much-deleted': t.reachedItsChanges,
  'read-only': t.youCanOnlyViewThis,
  'root-mismatch': t.thisPageMadeAChange,
  'message-too-large': t.aChangeWasLargerThan,
  'outdated-page': t.theServerWasUpdatedCopy,
  'client-id-taken': t.anotherWindowHasThe,
}

export const explain = (code: string): string => REASONS[code] ?? t.theServerAnswered({ code })

/** In the trash, nothing can be written: it must be restored first. */
export const IN_TRASH = t.inTrash

/** `mayComment`: whether a person who cannot edit can comment. */
export function trust(state: SyncState, now: number, mayComment = false): Trust {
  const { unsaved } = state
  if (state.refused === 'deleted') return { kind: 'danger', text: IN_TRASH }
  if (state.refused) return { kind: 'danger', text: t.cantSave({ reason: explain(state.refused) }) }
  if (!state.connected || state.isOffline) {
    if (unsaved > 0) return { kind: 'warn', text: t.offlineChanges({ count: unsaved }) }
    if (state.isOffline) return { kind: 'warn', text: t.offlineEverythingIsSaved }
    if (state.hasFailed || state.waitingMs > BLOCKED_AFTER_MS || state.version > 0) return { kind: 'warn', text: UNREACHABLE }
    return { kind: 'muted', text: t.connecting }
  }
  if (state.readOnly) return { kind: 'muted', text: mayComment ? t.commentOnly : t.viewOnly }
  if (!state.synced) return { kind: 'muted', text: t.connecting }
  if (state.trouble === 'journal') {
    return { kind: 'warn', text: unsaved > 0 ? t.savingIsPaused({ count: unsaved }) : t.everythingIsSaved({ while: WHILE.journal }) }
  }
  if (unsaved > 0 && now - state.unsavedSince > PATIENCE_MS) return { kind: 'muted', text: t.saving }
  return state.trouble ? { kind: state.trouble === 'bus' ? 'ok' : 'warn', text: t.savedWhile({ while: WHILE[state.trouble] }) } : { kind: 'ok', text: t.saved }
}

const MINUTE_MS = 60_000

/** The age of the shown text while the server cannot be reached; undefined for less than a minute. */
export function ageOf({ connected, isOffline, currentAt }: Pick<SyncState, 'connected' | 'isOffline' | 'currentAt'>, now: number): string | undefined {
  const minutes = Math.floor((now - currentAt) / MINUTE_MS)
  if ((connected && !isOffline) || currentAt === 0 || minutes < 1) return undefined
  if (minutes < 60) return t.textIsMinutesOld({ count: minutes })
  return minutes < 48 * 60 ? t.textIsHoursOld({ count: Math.floor(minutes / 60) }) : t.textIsDaysOld({ count: Math.floor(minutes / (24 * 60)) })
}

/** The details of the trust line: when and where the text was saved, and how long a save takes at present. */
export function trustDetails({ unsaved, savedAt, saveMs, connected, isOffline }: SyncState, time: (at: number) => string): string {
  if (!connected || isOffline) return t.youCanKeepWritingYour
  const last = savedAt > 0 ? t.lastSavedOnTheServer({ time: time(savedAt) }) : t.everyChangeIsSavedOn
  // not a text: the units are the same in every language
  const pace = saveMs > 0 ? ` ${t.savingTakes({ duration: saveMs < 1_000 ? `${number(saveMs)} ms` : `${decimal(saveMs / 1_000)} s` })}` : ''
  return `${unsaved > 0 ? `${t.yourChangesAreOnThis} ` : ''}${last}${pace}`
}
