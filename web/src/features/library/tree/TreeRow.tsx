import type { ItemInstance } from '@headless-tree/core'
import { ChevronRight } from 'lucide-react'
import type { ReactNode } from 'react'
import { t } from '../messages'
import { PageIcon } from './PageIcon'
import type { Node } from './places'

interface Props {
  item: ItemInstance<Node>
  name: string
  isCurrent: boolean
  children: ReactNode
}

function Icon({ node }: { node: Node }) {
  if (node.kind === 'space') return <PageIcon icon={node.space.icon} kind={node.space.owner_id ? 'personal' : 'space'} />
  return node.kind === 'page' ? <PageIcon icon={node.page.icon} kind="page" /> : null
}

/** A space or page: its arrow opens it, its name goes there, and its buttons appear under the pointer. */
export function TreeRow({ item, name, isCurrent, children }: Props) {
  const node = item.getItemData()
  const { onClick, ...props } = item.getProps()
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: its role, and its keys, come with the properties of the tree
    <div
      {...props}
      className={`branch${item.isUnorderedDragTarget() ? ' target' : ''}`}
      style={{ paddingLeft: item.getItemMeta().level * 14 }}
      aria-current={isCurrent ? 'page' : undefined}
      onFocus={() => item.setFocused()}
      onKeyDown={(event) => event.key === 'Enter' && event.target === event.currentTarget && item.primaryAction()}
      // The name goes to the page; only the arrow opens the level.
      onClick={(event) => {
        item.setFocused()
        if (!(event.target as Element).closest('button')) item.primaryAction()
      }}
    >
      {item.isFolder() ? (
        <button type="button" tabIndex={-1} className="arrow" aria-label={`${item.isExpanded() ? t.collapse : t.expand} ${name}`} onClick={() => (item.isExpanded() ? item.collapse() : item.expand())}>
          <ChevronRight size={14} strokeWidth={1.75} />
        </button>
      ) : <span className="arrow" />}
      <Icon node={node} />
      <span className="name">{name}</span>
      <span className="tools-of-row">{children}</span>
    </div>
  )
}
