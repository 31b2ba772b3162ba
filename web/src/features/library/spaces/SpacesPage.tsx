import { Archive } from 'lucide-react'
import { useState } from 'react'
import { PageHeader } from '../../../elements/PageHeader'
import type { Me } from '../../people'
import { ExportDialog } from '../../transfer'
import { t } from '../messages'
import { SpaceTree } from '../tree/SpaceTree'

/** The tree as a page of its own, for screens without room for it beside other pages. */
export function SpacesPage({ me }: { me: Me }) {
  const [isExporting, exportAll] = useState(false)
  return (
    <main className="list">
      <PageHeader title={t.spaces}>
        {me.role === 'admin' && <button type="button" className="button" onClick={() => exportAll(true)}><Archive size={16} strokeWidth={1.75} />{t.exportWorkspace}</button>}
      </PageHeader>
      <SpaceTree me={me} label={t.allSpaces} />
      {isExporting && <ExportDialog of={{}} name="the workspace" onClose={() => exportAll(false)} />}
    </main>
  )
}
