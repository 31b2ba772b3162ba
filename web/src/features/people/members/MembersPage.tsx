// The members of the workspace, their roles, and actions for admins.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { PageHeader } from '../../../elements/PageHeader'
import { ShownOnce } from '../../../elements/ShownOnce'
import { type Role, isAdmin, mayInvite } from '../../../rights'
import { type Me, type Member, api } from '../api'
import { InviteButton } from '../invitations/InviteButton'
import { OpenInvitations } from '../invitations/OpenInvitations'
import { t } from '../messages'
import { membersKey, useMembers } from '../queries'
import { MemberControls } from './MemberControls'
import { MemberName } from './MemberName'
import type { Action } from './actions'
import { ROLES } from './roles'

export function MembersPage({ me }: { me: Me }) {
  const queries = useQueryClient()
  const mayChangeAny = isAdmin(me.role)
  const members = useMembers()
  const disabled = useQuery({ queryKey: [...membersKey, 'disabled'], queryFn: api.disabledMembers, enabled: mayChangeAny })
  const [told, setTold] = useState<{ name: string; url: string | null } | null>(null)
  const again = () => queries.invalidateQueries({ queryKey: membersKey })
  const change = useMutation({
    mutationFn: ({ member, ...fields }: { member: Member; role?: Role; disabled?: boolean }) => api.changeMember(member.account_id, fields),
    onSettled: again,
  })
  const act = useMutation({
    mutationFn: async ({ member, action }: { member: Member; action: Action }) => {
      setTold(null)
      const answer = await action.run(member.account_id)
      if (answer) setTold({ name: member.name, url: answer.url ?? null })
    },
    onSettled: again,
  })
  const failure = members.error ?? disabled.error ?? change.error ?? act.error
  const mayChange = (member: Member) => mayChangeAny && !member.is_owner && member.account_id !== me.account_id
  return (
    <main className="list">
      <PageHeader title={t.members}>{mayInvite(me.role) && <InviteButton isProminent />}</PageHeader>
      {failure && <div role="alert" className="notice">{failure.message}</div>}
      {told && (told.url ? (
        <ShownOnce label={t.passwordResetLinkForWorks({ name: told.name })} secret={told.url} />
      ) : <output>{t.passwordResetLinkEmailedTo({ name: told.name })}</output>)}
      <section className="card">
        <ul className="shares" aria-label={t.members}>
          {members.data?.map((member) => (
            <li key={member.account_id}>
              <MemberName member={member} />
              {mayChange(member) ? (
                <MemberControls member={member} onRole={(role) => change.mutate({ member, role })} onAction={(action) => act.mutate({ member, action })} />
              ) : (
                <span>{member.is_owner ? t.owner : ROLES[member.role]}</span>
              )}
            </li>
          ))}
        </ul>
      </section>
      {mayInvite(me.role) && <OpenInvitations />}
      {(disabled.data?.length ?? 0) > 0 && (
        <section className="card stack" aria-labelledby="disabled">
          <h2 id="disabled">{t.deactivated}</h2>
          <ul className="shares">
            {disabled.data?.map((member) => (
              <li key={member.account_id}>
                <MemberName member={member} />
                <button type="button" className="button" onClick={() => change.mutate({ member, disabled: false })}>{t.reactivate}</button>
              </li>
            ))}
          </ul>
        </section>
      )}
    </main>
  )
}
