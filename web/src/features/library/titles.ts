// The current titles of pages that texts link to. All links on the page are asked for together, and again when a list of
// documents changes.
import { shortDate } from '../../dates'
import { live } from '../../sync/live'
import { api } from './api'

export interface LinkedPage {
  id: string
  title: string
  icon: string
  /** The kind of entry, in a list to choose from. */
  hint: string
}

type Shown = { title: string; icon: string } | null
type Watcher = (page: Shown) => void

const watchers = new Map<string, Set<Watcher>>()
const known = new Map<string, Shown>()
/** Most ids in one request. */
const MOST = 100
/** Titles of links that are drawn within this time are requested together. */
const GATHER_MS = 20
let asked = new Set<string>()
let unsubscribe: (() => void) | null = null

async function ask(): Promise<void> {
  const ids = [...asked].filter((id) => watchers.has(id))
  asked = new Set()
  for (let at = 0; at < ids.length; at += MOST) {
    const part = ids.slice(at, at + MOST)
    try {
      const { items } = await api.titles(part)
      const found = new Map(items.map((item) => [item.id, item]))
      for (const id of part) {
        const page = found.get(id) ?? null
        known.set(id, page)
        for (const watcher of watchers.get(id) ?? []) watcher(page)
      }
    } catch {
      // Known titles stay; after a reconnect they are asked for again.
    }
  }
}

function askLater(ids: Iterable<string>): void {
  if (asked.size === 0) setTimeout(() => void ask(), GATHER_MS)
  for (const id of ids) asked.add(id)
}

/** Reports the title of a page, now and whenever it changes; null if it cannot be seen. */
export function watchTitle(id: string, watcher: Watcher): () => void {
  const own = (page: Shown) => watcher(page)
  const all = watchers.get(id) ?? new Set()
  watchers.set(id, all.add(own))
  const page = known.get(id)
  if (page !== undefined) own(page)
  askLater([id])
  if (!unsubscribe) {
    const again = () => askLater(watchers.keys())
    const [change, reconnect] = [live.subscribe('documents', again), live.onReconnect(again)]
    unsubscribe = () => {
      change()
      reconnect()
    }
  }
  return () => {
    all.delete(own)
    if (all.size > 0) return
    watchers.delete(id)
    if (watchers.size > 0) return
    unsubscribe?.()
    unsubscribe = null
    known.clear()
  }
}

/** Pages to link to, by a part of their title; those that changed last if there is none. */
export async function findPages(part: string): Promise<LinkedPage[]> {
  try {
    const { items } = await api.documents({ q: part.trim(), limit: 8 })
    return items.map(({ id, title, icon, updated_at }) => ({ id, title, icon, hint: shortDate(updated_at) }))
  } catch {
    // A guest by a link has no list of pages; without a connection there is none.
    return []
  }
}
