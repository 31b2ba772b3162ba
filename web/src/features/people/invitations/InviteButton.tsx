import { useMutation } from '@tanstack/react-query'
import { UserPlus } from 'lucide-react'
import { useRef } from 'react'
import { ShownOnce } from '../../../elements/ShownOnce'
import type { Role } from '../../../rights'
import { api } from '../api'

/** Creates an invitation link to the workspace. */
export function InviteButton() {
  const dialog = useRef<HTMLDialogElement>(null)
  const invite = useMutation({ mutationFn: api.invite })
  return (
    <>
      <button type="button" className="button quiet" onClick={() => dialog.current?.showModal()}>
        <UserPlus size={16} strokeWidth={1.75} />Invite
      </button>
      {/* A link works once: the next invitation must not show it again. */}
      <dialog ref={dialog} aria-labelledby="invite-title" onClose={() => invite.reset()}>
        <div className="stack">
          <h2 id="invite-title">Invite somebody</h2>
          <form
            className="row"
            onSubmit={(event) => {
              event.preventDefault()
              const form = new FormData(event.currentTarget)
              invite.mutate({ role: form.get('role') as Role, email: String(form.get('email')) || null })
            }}
          >
            <label className="field grow">
              Role
              <select name="role" defaultValue="analyst">
                <option value="viewer">Viewer: reads and comments</option>
                <option value="analyst">Analyst: writes</option>
                <option value="manager">Manager: shares and invites</option>
              </select>
            </label>
            <label className="field grow">
              Mail it to (optional)
              <input name="email" type="email" />
            </label>
            <button type="submit" className="button primary">Make a link</button>
          </form>
          {invite.data && <ShownOnce label="Send this link; it works once, for a week" secret={invite.data.url} />}
          {invite.isError && <div role="alert" className="notice">{invite.error.message}</div>}
          <button type="button" className="button" onClick={() => dialog.current?.close()}>Close</button>
        </div>
      </dialog>
    </>
  )
}
