// Copies of a document that pages of earlier versions have stored on this device, with edits that the server may lack.
import { IndexeddbPersistence } from 'y-indexeddb'
import * as Y from 'yjs'
import { earlierNames } from './local'

/** The origin of updates that were read from such a copy. */
export const EARLIER = Symbol('earlier')

/** Reads earlier copies into a document. The copies are not changed: a page of their version may still be open. */
export async function readEarlier(account: string, id: string, doc: Y.Doc): Promise<void> {
  for (const name of await earlierNames(account, id)) {
    // Each copy is read into a separate Y.Doc, because everything in the Y.Doc bound to a copy is written to the copy.
    const copy = new Y.Doc()
    const kept = new IndexeddbPersistence(name, copy)
    await kept.whenSynced
    Y.applyUpdate(doc, Y.encodeStateAsUpdate(copy), EARLIER)
    await kept.destroy()
    copy.destroy()
  }
}
