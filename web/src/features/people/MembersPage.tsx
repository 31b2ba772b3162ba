// Who is in the workspace, and what each may do at most.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type Me, type Member, type Role, api } from '../../api'

const ROLES: Record<Role, string> = {
  viewer: 'Viewer: reads and comments',
  analyst: 'Analyst: writes',
  manager: 'Manager: shares and invites',
  admin: 'Admin: everything',
}

export function MembersPage({ me }: { me: Me }) {
  const queries = useQueryClient()
  const isAdmin = me.role === 'admin'
  const members = useQuery({ queryKey: ['members'], queryFn: api.members })
  const disabled = useQuery({ queryKey: ['members', 'disabled'], queryFn: api.disabledMembers, enabled: isAdmin })
  const change = useMutation({
    mutationFn: ({ member, ...fields }: { member: Member; role?: Role; disabled?: boolean }) => api.changeMember(member.account_id, fields),
    onSettled: () => queries.invalidateQueries({ queryKey: ['members'] }),
  })
  const failure = members.error ?? disabled.error ?? change.error
  const mayChange = (member: Member) => isAdmin && !member.is_owner && member.account_id !== me.account_id
  return (
    <main className="list">
      <header><h1>Members</h1></header>
      {failure && <div role="alert" className="notice">{failure.message}</div>}
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
                  <button type="button" className="button" onClick={() => change.mutate({ member, disabled: true })}>Disable</button>
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
