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

/** The colours of people, in the order of the colour wheel: neighbours look alike. The grey one is the last. */
const COLORS = ['#b4472d', '#96590b', '#6b6a12', '#2f7030', '#0f7263', '#0d6a8c', '#3566bd', '#6257c8', '#9244b6', '#ad3480', '#b13a56', '#5e6470']

/**
 * Gives each person a colour of their own, as far as there are enough. Everybody keeps the colour of their account,
 * unless somebody with an older account has the same one: they then get the nearest free colour. All pages compute the
 * same colours.
 */
export function distinctColors(people: ReadonlyMap<string, string>): Map<string, string> {
  const given = new Map<string, string>()
  const taken = new Set<string>()
  // Ids grow with time, so the older account comes first.
  for (const [id, own] of [...people].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const at = COLORS.indexOf(own)
    const steps = COLORS.map((_, step) => step).flatMap((step) => [at + step, at - step])
    const free = at < 0 ? own : (steps.map((place) => COLORS[(place + COLORS.length) % COLORS.length] as string).find((color) => !taken.has(color)) ?? own)
    given.set(id, free)
    taken.add(free)
  }
  return given
}

interface Signed {
  user?: { id?: string; color?: string; own?: string }
}

/** Gives the other people distinct colours before they are drawn. Nothing is sent. */
export function spreadColors(awareness: Awareness, me: string): void {
  awareness.on('change', () => {
    const states = [...awareness.getStates()] as [number, Signed][]
    const people = new Map<string, string>()
    for (const [, { user }] of states) {
      if (user?.color) user.own ??= user.color
      const id = user?.id ?? (user ? me : undefined)
      if (id && user?.own) people.set(id, user.own)
    }
    const colors = distinctColors(people)
    for (const [client, { user }] of states) {
      const color = user?.id && colors.get(user.id)
      if (user && color && client !== awareness.clientID) user.color = color
    }
  })
}
