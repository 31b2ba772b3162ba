import { useMutation } from '@tanstack/react-query'
import { Dialog } from '../../../elements/Dialog'
import { api } from '../api'

/** Creates a workspace, whose only member is the person who creates it. */
export function NewWorkspaceDialog({ onCreated, onClose }: { onCreated: (workspace: string) => void; onClose: () => void }) {
  const create = useMutation({ mutationFn: api.newWorkspace, onSuccess: ({ workspace_id }) => onCreated(workspace_id) })
  return (
    <Dialog title="New workspace" onClose={onClose}>
      {(close) => (
        <form
          className="stack"
          onSubmit={(event) => {
            event.preventDefault()
            create.mutate(String(new FormData(event.currentTarget).get('name')))
          }}
        >
          <p className="hint">A workspace has its own members, documents and settings.</p>
          <label className="field">Name<input name="name" required maxLength={100} /></label>
          {create.isError && <div role="alert" className="notice">{create.error.message}</div>}
          <div className="row">
            <button type="submit" className="button primary" disabled={create.isPending}>Create</button>
            <button type="button" className="button" onClick={close}>Cancel</button>
          </div>
        </form>
      )}
    </Dialog>
  )
}
