import { useMutation, useQuery } from '@tanstack/react-query'
import { type Me, api } from '../api'

/** The current workspace. Members of several can switch, and owners can create another. */
export function Workspaces({ me }: { me: Me }) {
  const workspaces = useQuery({ queryKey: ['workspaces'], queryFn: api.workspaces })
  const enter = useMutation({ mutationFn: api.enterWorkspace, onSuccess: () => location.assign('/') })
  const create = useMutation({ mutationFn: api.newWorkspace, onSuccess: ({ workspace_id }) => enter.mutate(workspace_id) })
  const all = workspaces.data ?? []
  if (all.length === 0) return <span className="workspace" />
  if (all.length < 2 && !me.is_owner) return <span className="workspace">{all[0]?.name}</span>
  return (
    <label className="workspace">
      <span className="visually-hidden">Workspace</span>
      <select
        value={me.workspace_id}
        onChange={(event) => {
          if (event.target.value) return enter.mutate(event.target.value)
          const name = prompt('What is the new workspace called?')
          if (name?.trim()) create.mutate(name)
        }}
      >
        {all.map(({ workspace_id, name }) => <option key={workspace_id} value={workspace_id}>{name}</option>)}
        {me.is_owner && <option value="">New workspace…</option>}
      </select>
    </label>
  )
}
