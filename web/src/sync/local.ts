// The data that this device keeps of documents: an IndexedDB for each person and document, and the number of unsent
// changes.

const NAME = (account: string, id: string) => `consilium:${account}:${id}`
const UNSENT = (account: string, id: string) => `consilium-unsent:${account}:${id}`

export const localName = NAME

/** Stores the number of a document's changes that the server has not saved. */
export function noteUnsent(account: string, id: string, changes: number): void {
  if (changes > 0) localStorage.setItem(UNSENT(account, id), String(changes))
  else localStorage.removeItem(UNSENT(account, id))
}

/** The stored number of unsaved changes. */
export function notedUnsent(account: string, id: string): number {
  return Number(localStorage.getItem(UNSENT(account, id))) || 0
}

/** Documents with changes that only this device has. */
export function unsentDocuments(account: string): string[] {
  const start = UNSENT(account, '')
  return Object.keys(localStorage).filter((key) => key.startsWith(start)).map((key) => key.slice(start.length))
}

/** Deletes everything that this device keeps of a person. */
export async function forgetDevice(account: string): Promise<void> {
  for (const id of unsentDocuments(account)) noteUnsent(account, id, 0)
  const databases = await indexedDB.databases()
  const own = databases.flatMap(({ name }) => (name?.startsWith(NAME(account, '')) ? [name] : []))
  await Promise.all(own.map((name) => new Promise<void>((done) => {
    const request = indexedDB.deleteDatabase(name)
    // A database that is still open is deleted when its page is closed.
    for (const event of ['success', 'error', 'blocked'] as const) request.addEventListener(event, () => done())
  })))
}
