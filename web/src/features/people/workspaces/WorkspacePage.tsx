// The settings of the workspace itself. For admins.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { PageHeader } from '../../../elements/PageHeader'
import { type Me, api } from '../api'
import { t } from '../messages'
import { workspacesKey } from '../queries'

export function WorkspacePage({ me }: { me: Me }) {
  const queries = useQueryClient()
  const workspaces = useQuery({ queryKey: workspacesKey, queryFn: api.workspaces })
  const rename = useMutation({ mutationFn: (name: string) => api.renameWorkspace(me.workspace_id, name), onSuccess: () => queries.invalidateQueries({ queryKey: workspacesKey }) })
  const current = workspaces.data?.find(({ workspace_id }) => workspace_id === me.workspace_id)
  const failure = workspaces.error ?? rename.error
  return (
    <main className="list">
      <PageHeader title={t.workspace} />
      {failure && <div role="alert" className="notice">{failure.message}</div>}
      {current && (
        <section className="card stack" aria-labelledby="workspace-name">
          <h2 id="workspace-name">{t.name}</h2>
          <form
            className="row"
            onSubmit={(event) => {
              event.preventDefault()
              rename.mutate(String(new FormData(event.currentTarget).get('name')))
            }}
          >
            <label className="field grow">{t.workspaceName}<input name="name" key={current.name} required maxLength={100} defaultValue={current.name} /></label>
            <button type="submit" className="button primary" disabled={rename.isPending}>{t.renameWorkspace}</button>
          </form>
          <p className="hint">{t.everyoneInTheWorkspaceSees}</p>
          {rename.isSuccess && <output>{t.workspaceRenamed}</output>}
        </section>
      )}
    </main>
  )
}
