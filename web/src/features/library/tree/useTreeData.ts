// The levels of the tree that are open, kept up to date, as the tree component reads them.
import { useQueries } from '@tanstack/react-query'
import { useLive } from '../../../sync/refetch'
import { type SpaceView, api } from '../api'
import { pagesKey } from '../queries'
import { type Node, ROOT, levelId, readLevel } from './places'

export interface TreeData {
  nodes: Map<string, Node>
  children: Map<string, string[]>
  /** Changes whenever the tree shows something else. */
  version: string
}

/** Reads the open levels of these spaces. `counts` has how many pages of a long level are shown. */
export function useTreeData(spaces: SpaceView[], open: string[], counts: Record<string, number>, first: number): TreeData {
  useLive('documents', pagesKey)
  const known = new Map<string, Node>([[ROOT, { kind: 'root' }]])
  const children = new Map<string, string[]>([[ROOT, spaces.map(({ id }) => id)]])
  for (const space of spaces) known.set(space.id, { kind: 'space', space })
  const levels = open.map((id) => ({ id, ...readLevel(id) })).filter(({ space }) => known.has(space))
  const results = useQueries({
    queries: levels.map(({ id, space, parent }) => {
      const count = counts[id] ?? first
      return { queryKey: [...pagesKey, 'level', space, parent ?? '', count], queryFn: () => api.level(space, parent, count) }
    }),
  })
  for (const [index, { id, space, parent }] of levels.entries()) {
    const level = results[index]?.data
    if (!level) continue
    for (const page of level.pages) known.set(page.id, { kind: 'page', page, space })
    const shown = level.pages.map((page) => page.id)
    if (level.more) {
      known.set(`more:${id}`, { kind: 'more', level: id })
      shown.push(`more:${id}`)
    }
    children.set(parent ?? space, shown)
  }
  const version = JSON.stringify([[...children], [...known.values()].map((node) => (node.kind === 'page' ? [node.page.title, node.page.icon, node.page.has_children] : node.kind === 'space' ? [node.space.name, node.space.icon] : 0))])
  return { nodes: known, children, version }
}

/** The level that opens with a node; undefined if it has none. */
export function levelOf(node: Node | undefined): string | undefined {
  if (node?.kind === 'space') return levelId(node.space.id)
  if (node?.kind === 'page') return levelId(node.space, node.page.id)
}
