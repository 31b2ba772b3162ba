import { useMutation, useQuery } from '@tanstack/react-query'
import { Check, ChevronsUpDown, Plus } from 'lucide-react'
import { useState } from 'react'
import { Menu } from '../../../elements/Menu'
import { useWorkspaceTitle } from '../../../title'
import { type Me, api } from '../api'
import { NewWorkspaceDialog } from '../dialogs'
import { t } from '../messages'
import { workspacesKey } from '../queries'

const icon = { size: 16, strokeWidth: 1.75 }

/** The current workspace. Members of several can switch, and owners can create another. */
export function Workspaces({ me }: { me: Me }) {
  const workspaces = useQuery({ queryKey: workspacesKey, queryFn: api.workspaces })
  const [isCreating, setCreating] = useState(false)
  const enter = useMutation({ mutationFn: api.enterWorkspace, onSuccess: () => location.assign('/') })
  const all = workspaces.data ?? []
  const name = all.find(({ workspace_id }) => workspace_id === me.workspace_id)?.name ?? ''
  useWorkspaceTitle(name)
  const mark = <span className="mark" aria-hidden="true">{[...name][0]?.toUpperCase()}</span>
  if (all.length < 2 && !me.is_owner) return <span className="workspace">{mark}<span className="name">{name}</span></span>
  return (
    <div className="workspace">
      <Menu label={t.switchWorkspace} text={name} icon={<>{mark}<ChevronsUpDown {...icon} /></>}>
        {all.map((one) => {
          const isCurrent = one.workspace_id === me.workspace_id
          return (
            <button key={one.workspace_id} type="button" role="menuitemradio" aria-checked={isCurrent} onClick={() => !isCurrent && enter.mutate(one.workspace_id)}>
              {isCurrent ? <Check {...icon} /> : <span className="no-icon" />}<span className="name">{one.name}</span>
            </button>
          )
        })}
        {me.is_owner && <button type="button" role="menuitem" onClick={() => setCreating(true)}><Plus {...icon} />{t.newWorkspace}</button>}
      </Menu>
      {enter.isError && <div role="alert" className="notice">{enter.error.message}</div>}
      {isCreating && <NewWorkspaceDialog onCreated={enter.mutate} onClose={() => setCreating(false)} />}
    </div>
  )
}
