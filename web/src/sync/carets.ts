// Drops malformed carets. Other clients can send anything as a caret, and a malformed one would stop the editor.
import type { Awareness } from 'y-protocols/awareness'

const isId = (value: unknown): boolean => {
  const id = value as { client?: unknown; clock?: unknown } | null | undefined
  return id == null || (Number.isSafeInteger(id.client) && Number.isSafeInteger(id.clock))
}

/** A relative position of Yjs as JSON: in an item, in a type, or in a root. */
const isPosition = (value: unknown): boolean => {
  if (typeof value !== 'object' || value === null) return false
  const { type, tname, item, assoc } = value as Record<string, unknown>
  const names = tname == null || typeof tname === 'string'
  return isId(type) && isId(item) && names && (assoc == null || Number.isInteger(assoc)) && (type != null || tname != null || item != null)
}

export const isCursor = (value: unknown): boolean => {
  if (value == null) return true
  const { anchor, head } = value as Record<string, unknown>
  return isPosition(anchor) && isPosition(head)
}

/** Removes malformed carets before they are drawn. Call it before the editor is created. */
export function dropMalformedCarets(awareness: Awareness): void {
  awareness.on('change', ({ added, updated }: { added: number[]; updated: number[] }) => {
    for (const client of [...added, ...updated]) {
      const state = awareness.getStates().get(client)
      if (client !== awareness.clientID && state && !isCursor(state.cursor)) delete state.cursor
    }
  })
}
