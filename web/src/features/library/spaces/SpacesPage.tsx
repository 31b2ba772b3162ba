import { PageHeader } from '../../../elements/PageHeader'
import type { Me } from '../../people'
import { SpaceTree } from '../tree/SpaceTree'

/** The tree as a page of its own, where there is no room for it beside the others. */
export function SpacesPage({ me }: { me: Me }) {
  return (
    <main className="list">
      <PageHeader title="Spaces" />
      <SpaceTree me={me} label="All spaces" />
    </main>
  )
}
