import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { dateTime } from '../../../dates'
import { useLive } from '../../../sync/refetch'
import { api } from '../api'
import { ROLES } from '../members/roles'
import { t } from '../messages'
import { invitationsKey } from '../queries'

/** The invitations that nobody has used yet. They can be revoked. */
export function OpenInvitations() {
  const queries = useQueryClient()
  useLive('members', invitationsKey)
  const invitations = useQuery({ queryKey: invitationsKey, queryFn: api.invitations })
  const revoke = useMutation({ mutationFn: api.revokeInvitation, onSettled: () => queries.invalidateQueries({ queryKey: invitationsKey }) })
  const failure = invitations.error ?? revoke.error
  if (!failure && (invitations.data?.length ?? 0) === 0) return null
  return (
    <section className="card stack" aria-labelledby="open-invitations">
      <h2 id="open-invitations">{t.openInvitations}</h2>
      {failure && <div role="alert" className="notice">{failure.message}</div>}
      <ul className="shares">
        {invitations.data?.map((one) => (
          <li key={one.invite_id}>
            <span className="who">
              {t.inviteLinkFrom({ name: one.invited_by, date: dateTime(one.created_at) })}
              <small>{t.expiresRole({ role: ROLES[one.role as keyof typeof ROLES] ?? one.role, date: dateTime(one.expires_at) })}</small>
            </span>
            <button type="button" className="button" aria-label={t.revokeTheInviteLinkFrom({ name: one.invited_by, date: dateTime(one.created_at) })} disabled={revoke.isPending} onClick={() => revoke.mutate(one.invite_id)}>{t.revoke}</button>
          </li>
        ))}
      </ul>
    </section>
  )
}
