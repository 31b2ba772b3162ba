// Copies of a document that pages of earlier versions have kept on this device, with what the server does not have.
import { IndexeddbPersistence } from 'y-indexeddb'
import * as Y from 'yjs'
import { earlierNames } from './local'

/** The origin of updates that were read from such a copy. */
export const EARLIER = Symbol('earlier')

/** Reads earlier copies into a document. They stay as they are: a page of their version may still be open. */
export async function readEarlier(account: string, id: string, doc: Y.Doc): Promise<void> {
  for (const name of await earlierNames(account, id)) {
    // In a document of its own: whatever is bound to a copy is written to it.
    const copy = new Y.Doc()
    const kept = new IndexeddbPersistence(name, copy)
    await kept.whenSynced
    Y.applyUpdate(doc, Y.encodeStateAsUpdate(copy), EARLIER)
    await kept.destroy()
    copy.destroy()
  }
}
