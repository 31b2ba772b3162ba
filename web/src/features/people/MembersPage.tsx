// Who is in the workspace, what each may do at most, and what an admin does for them.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { type Me, type Member, type Role, api } from '../../api'

const ROLES: Record<Role, string> = {
  viewer: 'Viewer: reads and comments',
  analyst: 'Analyst: writes',
  manager: 'Manager: shares and invites',
  admin: 'Admin: everything',
}

/** What an admin does rarely, each behind a question or easily undone. */
const DEEDS = [
  { label: 'Make a link for a new password', run: api.resetLink, sure: false },
  { label: 'End the second step', run: api.endMembersSecondStep, sure: true },
  { label: 'Disable', run: (account: string) => api.changeMember(account, { disabled: true }), sure: false },
  { label: 'Remove from the workspace', run: api.removeMember, sure: true },
  { label: 'Erase the person', run: api.eraseMember, sure: true },
]

export function MembersPage({ me }: { me: Me }) {
  const queries = useQueryClient()
  const isAdmin = me.role === 'admin'
  const members = useQuery({ queryKey: ['members'], queryFn: api.members })
  const disabled = useQuery({ queryKey: ['members', 'disabled'], queryFn: api.disabledMembers, enabled: isAdmin })
  const [told, setTold] = useState<{ name: string; url: string | null } | null>(null)
  const again = () => queries.invalidateQueries({ queryKey: ['members'] })
  const change = useMutation({
    mutationFn: ({ member, ...fields }: { member: Member; role?: Role; disabled?: boolean }) => api.changeMember(member.account_id, fields),
    onSettled: again,
  })
  const act = useMutation({
    mutationFn: async ({ member, deed }: { member: Member; deed: (typeof DEEDS)[number] }) => {
      setTold(null)
      const answer = await deed.run(member.account_id)
      if (answer) setTold({ name: member.name, url: answer.url ?? null })
    },
    onSettled: again,
  })
  const failure = members.error ?? disabled.error ?? change.error ?? act.error
  const mayChange = (member: Member) => isAdmin && !member.is_owner && member.account_id !== me.account_id
  return (
    <main className="list">
      <header><h1>Members</h1></header>
      {failure && <div role="alert" className="notice">{failure.message}</div>}
      {told && (told.url ? (
        <label className="field">
          Give this link to {told.name}: it sets a new password, once, within a day
          <input readOnly value={told.url} onFocus={(event) => event.currentTarget.select()} />
        </label>
      ) : <output>A link was mailed to {told.name}.</output>)}
      <section className="card">
        <ul className="shares" aria-label="Members">
          {members.data?.map((member) => (
            <li key={member.account_id}>
              <Who member={member} />
              {mayChange(member) ? (
                <>
                  <label>
                    <span className="visually-hidden">Role of {member.name}</span>
                    <select value={member.role} onChange={(event) => change.mutate({ member, role: event.target.value as Role })}>
                      {Object.entries(ROLES).map(([role, label]) => <option key={role} value={role}>{label}</option>)}
                    </select>
                  </label>
                  <label>
                    <span className="visually-hidden">More for {member.name}</span>
                    <select
                      value=""
                      onChange={(event) => {
                        const deed = DEEDS.find(({ label }) => label === event.target.value)
                        if (deed && (!deed.sure || confirm(`${deed.label}: ${member.name}?`))) act.mutate({ member, deed })
                      }}
                    >
                      <option value="">More…</option>
                      {DEEDS.map(({ label }) => <option key={label} value={label}>{label}</option>)}
                    </select>
                  </label>
                </>
              ) : (
                <span>{member.is_owner ? 'Owner' : ROLES[member.role]}</span>
              )}
            </li>
          ))}
        </ul>
      </section>
      {(disabled.data?.length ?? 0) > 0 && (
        <section className="card stack" aria-labelledby="disabled">
          <h2 id="disabled">Disabled</h2>
          <ul className="shares">
            {disabled.data?.map((member) => (
              <li key={member.account_id}>
                <Who member={member} />
                <button type="button" className="button" onClick={() => change.mutate({ member, disabled: false })}>Enable</button>
              </li>
            ))}
          </ul>
        </section>
      )}
    </main>
  )
}

function Who({ member }: { member: Member }) {
  return (
    <span className="who">
      {member.name}
      <small>{member.email}</small>
    </span>
  )
}
