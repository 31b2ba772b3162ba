// What this device keeps of documents: one IndexedDB a person and document, and a note of what was not sent yet.

const NAME = (account: string, id: string) => `consilium:${account}:${id}`
const UNSENT = (account: string, id: string) => `consilium-unsent:${account}:${id}`

export const localName = NAME

/** Notes how many changes of a document the server has not put on its disk. */
export function noteUnsent(account: string, id: string, changes: number): void {
  if (changes > 0) localStorage.setItem(UNSENT(account, id), String(changes))
  else localStorage.removeItem(UNSENT(account, id))
}

/** How many changes of a document that note names. */
export function notedUnsent(account: string, id: string): number {
  return Number(localStorage.getItem(UNSENT(account, id))) || 0
}

/** Documents with changes that only this device has. */
export function unsentDocuments(account: string): string[] {
  const start = UNSENT(account, '')
  return Object.keys(localStorage).filter((key) => key.startsWith(start)).map((key) => key.slice(start.length))
}

/** Forgets everything that this device keeps of a person. */
export async function forgetDevice(account: string): Promise<void> {
  for (const id of unsentDocuments(account)) noteUnsent(account, id, 0)
  const databases = await indexedDB.databases()
  const own = databases.flatMap(({ name }) => (name?.startsWith(NAME(account, '')) ? [name] : []))
  await Promise.all(own.map((name) => new Promise<void>((done) => {
    const request = indexedDB.deleteDatabase(name)
    // One that is still open goes when its page does.
    for (const event of ['success', 'error', 'blocked'] as const) request.addEventListener(event, () => done())
  })))
}
