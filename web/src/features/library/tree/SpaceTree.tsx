// The spaces and their pages in the rail. The tree itself comes a moment later than the page.
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { lazily } from '../../../elements/lazily'
import { mayCreateDocuments } from '../../../rights'
import type { Me } from '../../people'
import type { Destination, SpaceView } from '../api'
import { MoveDialog, SpaceDialog } from '../dialogs'
import { t } from '../messages'
import { useSpaces } from '../queries'

const Tree = lazily(() => import('./Tree'), 'Tree')

type Dialog = { kind: 'new-space' } | { kind: 'space'; space: SpaceView } | { kind: 'move'; page: { id: string; title: string }; to: Destination }

/** `label`: the name of the region, of which a page may have two. */
export function SpaceTree({ me, label = t.spaces }: { me: Me; label?: string }) {
  const [, go] = useLocation()
  const [dialog, show] = useState<Dialog>()
  const spaces = useSpaces()
  return (
    <section className="spaces" aria-label={label}>
      <div className="row">
        <h2 className="eyebrow grow">{t.spaces}</h2>
        {mayCreateDocuments(me.role) && <button type="button" className="button quiet small" aria-label={t.newSpace} title={t.newSpace} onClick={() => show({ kind: 'new-space' })}><Plus size={14} strokeWidth={1.75} /></button>}
      </div>
      {/* While the server does not answer, the spaces that were read before stay; other parts of the page report the outage. */}
      {!spaces.data && spaces.error && <div role="alert" className="notice">{spaces.error.message}</div>}
      <Tree me={me} spaces={spaces.data ?? []} onSettings={(space) => show({ kind: 'space', space })} onMove={(page, to) => show({ kind: 'move', page, to })} />
      {dialog?.kind === 'new-space' && <SpaceDialog onClose={() => show(undefined)} onMade={(space) => go(`/spaces/${space.id}`)} />}
      {dialog?.kind === 'space' && <SpaceDialog space={dialog.space} onClose={() => show(undefined)} />}
      {dialog?.kind === 'move' && <MoveDialog page={dialog.page} to={dialog.to} me={me.account_id} onClose={() => show(undefined)} />}
    </section>
  )
}
