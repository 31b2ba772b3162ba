import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Dialog } from '../../../elements/Dialog'
import { ShownOnce } from '../../../elements/ShownOnce'
import type { Role } from '../../../rights'
import { api } from '../api'
import { ROLES } from '../members/roles'
import { t } from '../messages'
import { invitationsKey } from '../queries'

/** Those who may be invited by every manager. */
const OFFERED = ['viewer', 'analyst', 'manager'] as const

/** Creates an invitation link to the workspace. A link works once, so that it is not shown again when this is closed. */
export function InviteDialog({ onClose }: { onClose: () => void }) {
  const queries = useQueryClient()
  const invite = useMutation({ mutationFn: api.invite, onSuccess: () => queries.invalidateQueries({ queryKey: invitationsKey }) })
  return (
    <Dialog title={t.invitePeople} onClose={onClose}>
      {(end) => (
        <>
          <form
            className="row"
            onSubmit={(event) => {
              event.preventDefault()
              const form = new FormData(event.currentTarget)
              invite.mutate({ role: form.get('role') as Role, email: String(form.get('email')) || null })
            }}
          >
            <label className="field grow">
              {t.role}
              <select name="role" defaultValue="analyst">{OFFERED.map((role) => <option key={role} value={role}>{ROLES[role]}</option>)}</select>
            </label>
            <label className="field grow">{t.emailOptional}<input name="email" type="email" /></label>
            <button type="submit" className="button primary" disabled={invite.isPending}>{t.createInviteLink}</button>
          </form>
          {invite.data && <ShownOnce label={t.inviteLinkWorksOnceExpires} secret={invite.data.url} />}
          {invite.isError && <div role="alert" className="notice">{invite.error.message}</div>}
          <button type="button" className="button" onClick={end}>{t.close}</button>
        </>
      )}
    </Dialog>
  )
}
