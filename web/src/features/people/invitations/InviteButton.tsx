import { useMutation, useQueryClient } from '@tanstack/react-query'
import { UserPlus } from 'lucide-react'
import { useState } from 'react'
import { Dialog } from '../../../elements/Dialog'
import { ShownOnce } from '../../../elements/ShownOnce'
import type { Role } from '../../../rights'
import { api } from '../api'
import { ROLES } from '../members/roles'
import { t } from '../messages'
import { invitationsKey } from '../queries'

/** Those who may be invited by every manager. */
const OFFERED = ['viewer', 'analyst', 'manager'] as const

/** Creates an invitation link to the workspace. */
export function InviteButton({ isProminent }: { isProminent?: boolean }) {
  const queries = useQueryClient()
  const [isOpen, setOpen] = useState(false)
  const invite = useMutation({ mutationFn: api.invite, onSuccess: () => queries.invalidateQueries({ queryKey: invitationsKey }) })
  // A link works once: the next invitation must not show it again.
  const close = () => {
    setOpen(false)
    invite.reset()
  }
  return (
    <>
      <button type="button" className={isProminent ? 'button primary' : 'button quiet'} onClick={() => setOpen(true)}>
        <UserPlus size={16} strokeWidth={1.75} />{t.invitePeople}
      </button>
      {isOpen && (
        <Dialog title={t.invitePeople} onClose={close}>
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
      )}
    </>
  )
}
