// The pages that an import would make.
import type { CSSProperties } from 'react'
import type { Import } from './api'
import { t } from './messages'

/** More than anybody reads; the count above says how many there are. */
const AT_ONCE = 300

export function PlannedTree({ view }: { view: Import }) {
  const { tree, total } = view
  return (
    // A region that scrolls is reached with the keyboard.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: as above
    <ul className="import-tree" aria-label={t.pagesToImport} tabIndex={0}>
      {tree.slice(0, AT_ONCE).map((page) => <li key={page.path} style={{ '--depth': page.depth } as CSSProperties}>{page.title}</li>)}
      {total > AT_ONCE && <li>{t.andMore({ count: total - AT_ONCE })}</li>}
    </ul>
  )
}
