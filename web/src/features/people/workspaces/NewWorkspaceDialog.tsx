import { useMutation } from '@tanstack/react-query'
import { Dialog } from '../../../elements/Dialog'
import { api } from '../api'
import { t } from '../messages'

/** Creates a workspace, whose only member is the person who creates it. */
export function NewWorkspaceDialog({ onCreated, onClose }: { onCreated: (workspace: string) => void; onClose: () => void }) {
  const create = useMutation({ mutationFn: api.newWorkspace, onSuccess: ({ workspace_id }) => onCreated(workspace_id) })
  return (
    <Dialog title={t.newWorkspace} onClose={onClose}>
      {(close) => (
        <form
          className="stack"
          onSubmit={(event) => {
            event.preventDefault()
            create.mutate(String(new FormData(event.currentTarget).get('name')))
          }}
        >
          <p className="hint">{t.aWorkspaceHasItsOwn}</p>
          <label className="field">{t.name}<input name="name" required maxLength={100} /></label>
          {create.isError && <div role="alert" className="notice">{create.error.message}</div>}
          <div className="row">
            <button type="submit" className="button primary" disabled={create.isPending}>{t.create}</button>
            <button type="button" className="button" onClick={close}>{t.cancel}</button>
          </div>
        </form>
      )}
    </Dialog>
  )
}
