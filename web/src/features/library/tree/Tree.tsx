// The spaces and their pages as a tree: opened and closed, moved by dragging and by keyboard.
import { type DragTarget, type ItemInstance, dragAndDropFeature, hotkeysCoreFeature, keyboardDragAndDropFeature, selectionFeature, syncDataLoaderFeature } from '@headless-tree/core'
import { AssistiveTreeDescription, useTree } from '@headless-tree/react'
import { Plus, Settings2 } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useLocation } from 'wouter'
import { mayCreateDocuments, mayEdit, mayAdminister } from '../../../rights'
import { useStore } from '../../../store'
import type { Me } from '../../people'
import { type Destination, type SpaceView, api } from '../api'
import { t } from '../messages'
import { useMove, useNewPage, usePath } from '../queries'
import { areNone } from './Consequences'
import { TreeRow } from './TreeRow'
import { openLevels } from './openLevels'
import { AT_ONCE, type Node, ROOT, destinationOf, nameOf } from './places'
import { spoken } from './spoken'
import { levelOf, useTreeData } from './useTreeData'

const icon = { size: 14, strokeWidth: 1.75 }

interface Props {
  me: Me
  spaces: SpaceView[]
  /** Opens the settings of a space. */
  onSettings: (space: SpaceView) => void
  /** Asks before a page is moved, because some people gain or lose access. */
  onMove: (page: { id: string; title: string }, to: Destination) => void
}

export function Tree({ me, spaces, onSettings, onMove }: Props) {
  const [path, go] = useLocation()
  const [counts, setCounts] = useState<Record<string, number>>({})
  const open = useStore(openLevels, (state) => state.open)
  const move = useMove()
  const create = useNewPage((id) => go(`/documents/${id}`, { state: { isNew: true } }))
  useReveal(path)

  const [levels, setLevels] = useState<string[]>([])
  const data = useTreeData(spaces, levels, counts, AT_ONCE)
  const tree = useTree<Node>({
    rootItemId: ROOT,
    state: { expandedItems: open },
    setExpandedItems: (change) => (openLevels.open = typeof change === 'function' ? change(openLevels.state.open) : change),
    getItemName: (item) => nameOf(item.getItemData(), me.account_id),
    isItemFolder: (item) => isFolder(item.getItemData()),
    dataLoader: {
      getItem: (id) => data.nodes.get(id) ?? { kind: 'more', level: '' },
      getChildren: (id) => (data.children.get(id) ?? []).filter((child) => data.nodes.has(child)),
    },
    onPrimaryAction: (item) => act(item.getItemData()),
    canReorder: true,
    canDrag: (items) => items.every((item) => item.getItemData().kind === 'page'),
    canDrop: (items, target) => items.length === 1 && !!items[0] && destinationOf(items[0].getId(), target) !== undefined,
    onDrop: (items, target) => void drop(items[0], target),
    indent: 14,
    features: [syncDataLoaderFeature, selectionFeature, hotkeysCoreFeature, dragAndDropFeature, keyboardDragAndDropFeature],
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: the tree reads the data again when it has changed
  useEffect(() => tree.rebuildTree(), [data.version, open, tree])
  // A level can be read once the page above it is known.
  // biome-ignore lint/correctness/useExhaustiveDependencies: of the nodes, only the version counts
  useEffect(() => {
    const wanted = open.map((id) => levelOf(data.nodes.get(id))).filter((level) => level !== undefined)
    setLevels((before) => (before.join() === wanted.join() ? before : wanted))
  }, [open, data.version])

  function act(node: Node) {
    if (node.kind === 'space') go(`/spaces/${node.space.id}`)
    if (node.kind === 'page') go(`/documents/${node.page.id}`)
    if (node.kind === 'more') setCounts((before) => ({ ...before, [node.level]: (before[node.level] ?? AT_ONCE) + AT_ONCE }))
  }

  /** Moves at once if nobody gains or loses access, and asks otherwise. */
  async function drop(item: ItemInstance<Node> | undefined, target: DragTarget<Node>) {
    const node = item?.getItemData()
    const to = item && destinationOf(item.getId(), target)
    if (node?.kind !== 'page' || !to) return
    const effects = await api.effects(node.page.id, to).catch(() => undefined)
    if (to.parent) openLevels.reveal([to.parent])
    if (effects && areNone(effects)) move.mutate({ id: node.page.id, to })
    else onMove(node.page, to)
  }

  const failure = move.error ?? create.error
  return (
    <>
      {failure && <div role="alert" className="notice">{failure.message}</div>}
      {/* A moved page is shown only once, even while the old level has not been read again after the new one. */}
      <AssistiveTreeDescription tree={tree} getLabel={spoken} />
      <div {...tree.getContainerProps(t.spacesAndPages)} className="tree">
        {[...new Map(tree.getItems().map((item) => [item.getKey(), item])).values()].map((item) => {
          const node = item.getItemData()
          return (
            <TreeRow key={item.getKey()} item={item} name={nameOf(node, me.account_id)} isCurrent={isCurrent(node, path)}>
              {node.kind === 'space' && mayAdminister(node.space.right) && !node.space.owner_id && (
                <button type="button" aria-label={t.settingsOfName({ name: node.space.name })} title={t.settings} onClick={() => onSettings(node.space)}><Settings2 {...icon} /></button>
              )}
              {mayAdd(node, me) && (
                <button type="button" aria-label={t.newPageIn({ place: nameOf(node, me.account_id) })} title={t.newPage} onClick={() => create.mutate(node.kind === 'space' ? { space: node.space.id } : { parent: item.getId() })}><Plus {...icon} /></button>
              )}
            </TreeRow>
          )
        })}
        <div style={tree.getDragLineStyle()} className="drop-line" />
      </div>
    </>
  )
}

/** Opens the tree down to the page that is shown. */
function useReveal(path: string): void {
  const id = /^\/documents\/([0-9a-f-]{36})/.exec(path)?.[1]
  const above = usePath(id ?? '', !!id)
  const { data } = above
  useEffect(() => {
    if (data?.space_id) openLevels.reveal([data.space_id, ...data.pages.map((page) => page.id)])
  }, [data])
}

const isFolder = (node: Node): boolean => node.kind === 'root' || node.kind === 'space' || (node.kind === 'page' && node.page.has_children)
const isCurrent = (node: Node, path: string): boolean => (node.kind === 'page' && path === `/documents/${node.page.id}`) || (node.kind === 'space' && path === `/spaces/${node.space.id}`)
/** The server decides about pages; here only actions that it would certainly refuse are hidden. */
const mayAdd = (node: Node, me: Me): boolean => mayCreateDocuments(me.role) && (node.kind === 'page' || (node.kind === 'space' && mayEdit(node.space.right)))
