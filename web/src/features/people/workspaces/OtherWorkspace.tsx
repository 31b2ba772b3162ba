import { useMutation, useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { api } from '../api'
import { t } from '../messages'
import { workspacesKey } from '../queries'

/** Offers to switch to another workspace of the caller's, if it has the document; otherwise shows its children. */
export function OtherWorkspace({ document, children }: { document: string; children: ReactNode }) {
  const found = useQuery({ queryKey: [...workspacesKey, document], queryFn: () => api.workspacesWith(document) })
  const enter = useMutation({ mutationFn: api.enterWorkspace, onSuccess: () => location.reload() })
  if (found.isLoading) return null
  const workspace = found.data?.[0]
  if (!workspace) return children
  return (
    <div role="alert" className="notice">
      <h1>{t.thisDocumentIsInAnother}</h1>
      <p>{t.youAreAlsoAMember({ workspace: workspace.name })}</p>
      <button type="button" className="button primary" onClick={() => enter.mutate(workspace.workspace_id)}>{t.switchToWorkspace({ workspace: workspace.name })}</button>
      {enter.isError && <p>{t.theWorkspaceWasNotSwitched({ reason: enter.error.message })}</p>}
    </div>
  )
}
