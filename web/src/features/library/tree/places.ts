// What the tree shows: spaces at the top, pages below them, and how to show more of a long level.
import type { DragTarget, ItemInstance } from '@headless-tree/core'
import type { Destination, PageOfTree, SpaceView } from '../api'
import { t } from '../messages'

export const ROOT = 'root'
/** The pages of a level that are shown at first, and again with each "more". */
export const AT_ONCE = 200

export type Node =
  | { kind: 'root' }
  | { kind: 'space'; space: SpaceView }
  | { kind: 'page'; page: PageOfTree; space: string }
  /** The entry that shows the rest of a level. */
  | { kind: 'more'; level: string }

/** The level of the tree below a space or a page. */
export const levelId = (space: string, parent?: string): string => `${space}/${parent ?? ''}`

export function readLevel(id: string): { space: string; parent: string | undefined } {
  const [space = '', parent = ''] = id.split('/')
  return { space, parent: parent || undefined }
}

export const spaceName = (space: SpaceView, me: string): string => space.name || (space.owner_id === me ? t.myPages : t.personalSpace)

export function nameOf(node: Node, me: string): string {
  switch (node.kind) {
    case 'root': return t.spaces
    case 'space': return spaceName(node.space, me)
    case 'page': return node.page.title
    case 'more': return t.showMore
  }
}

/** The destination of a page that is dropped here; undefined if it cannot be dropped here. */
export function destinationOf(dragged: string, target: DragTarget<Node>): Destination | undefined {
  const node = target.item.getItemData()
  if (node.kind !== 'space' && node.kind !== 'page') return undefined
  const place = node.kind === 'space' ? { space: node.space.id } : { parent: node.page.id }
  if (!('insertionIndex' in target)) return place
  // The sibling before the place, not counting the page itself.
  const siblings = target.item.getChildren().filter((item: ItemInstance<Node>) => item.getId() !== dragged && item.getItemData().kind === 'page')
  return { ...place, after: siblings[target.insertionIndex - 1]?.getId() ?? null }
}
