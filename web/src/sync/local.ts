// The data that this device keeps: of each document that a person opened, an IndexedDB, the number of unsent changes and
// the last known metadata; and the person. This allows a document to be opened while the server does not answer.

import { SCHEMA_VERSION, UNNAMED_VERSION } from './schemaVersion'

const NAME = (account: string, id: string, version = UNNAMED_VERSION) => `consilium:${account}:${id}${version === UNNAMED_VERSION ? '' : `:${version}`}`
const UNSENT = (account: string, id: string) => `consilium-unsent:${account}:${id}`

const KEPT = 'consilium-kept:'

/** The name of the copy that pages of this version keep. */
export const localName = (account: string, id: string): string => NAME(account, id, SCHEMA_VERSION)

/** The names of copies that pages of earlier versions have stored, if there are any. */
export async function earlierNames(account: string, id: string): Promise<string[]> {
  const versions = Array.from({ length: SCHEMA_VERSION - UNNAMED_VERSION }, (_, index) => UNNAMED_VERSION + index)
  const there = new Set((await indexedDB.databases()).map(({ name }) => name))
  return versions.map((version) => NAME(account, id, version)).filter((name) => there.has(name))
}

/** Keeps the last answer of the server under a name. */
export function keep(name: string, answer: unknown): void {
  try {
    localStorage.setItem(KEPT + name, JSON.stringify(answer))
  } catch {
    // The device has no space left, so this cannot be shown without the server.
  }
}

/** The last answer that was kept under a name. */
export function kept<T>(name: string): T | undefined {
  const text = localStorage.getItem(KEPT + name)
  return text === null ? undefined : (JSON.parse(text) as T)
}

/** Whether something is kept under a name. */
export const isKeptHere = (name: string): boolean => localStorage.getItem(KEPT + name) !== null

export const forget = (name: string): void => localStorage.removeItem(KEPT + name)

/** The names of what is kept under names that start like this. */
export const namesUnder = (start: string): string[] =>
  Object.keys(localStorage).filter((key) => key.startsWith(KEPT + start)).map((key) => key.slice(KEPT.length))

/** The start of the names under which the last edits of a document are kept; see lastEdits.ts. */
export const lastEditsOf = (account: string, id: string): string => `last-edits:${account}:${id}:`

const CURRENT = (account: string, id: string) => `current:${account}:${id}`

/** Stores when the text on this device was last known to equal the server's, in ms since 1970. */
export const noteCurrent = (account: string, id: string, at: number): void => keep(CURRENT(account, id), at)

/** The stored time; 0 if there is none. */
export const notedCurrent = (account: string, id: string): number => kept<number>(CURRENT(account, id)) ?? 0

/** Stores the number of a document's changes that the server has not saved. */
export function noteUnsent(account: string, id: string, changes: number): void {
  if (changes > 0) localStorage.setItem(UNSENT(account, id), String(changes))
  else localStorage.removeItem(UNSENT(account, id))
}

/** The stored number of unsaved changes. */
export function notedUnsent(account: string, id: string): number {
  return Number(localStorage.getItem(UNSENT(account, id))) || 0
}

/** The name under which suggestions that the server does not have are stored, by person and document. */
export const unsentSuggestions = (account: string, id: string) => `suggesting:${account}:${id}`

/** Documents with changes or suggestions that only this device has. */
export function unsentDocuments(account: string): string[] {
  const after = (start: string) => Object.keys(localStorage).filter((key) => key.startsWith(start)).map((key) => key.slice(start.length))
  return [...new Set([...after(UNSENT(account, '')), ...after(KEPT + unsentSuggestions(account, ''))])]
}

/** Deletes everything that this device keeps of a person. */
export async function forgetDevice(account: string): Promise<void> {
  for (const id of unsentDocuments(account)) noteUnsent(account, id, 0)
  for (const key of Object.keys(localStorage).filter((key) => key.startsWith(KEPT))) localStorage.removeItem(key)
  const databases = await indexedDB.databases()
  const own = databases.flatMap(({ name }) => (name?.startsWith(NAME(account, '')) ? [name] : []))
  await Promise.all(own.map((name) => new Promise<void>((done) => {
    const request = indexedDB.deleteDatabase(name)
    // A database that is still open is deleted when its page is closed.
    for (const event of ['success', 'error', 'blocked'] as const) request.addEventListener(event, () => done())
  })))
}
