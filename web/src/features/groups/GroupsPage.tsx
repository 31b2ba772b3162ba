// Groups of people: documents are shared with all of one at once.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type Group, type Me, type Member, api } from '../../api'

export function GroupsPage({ me }: { me: Me }) {
  const queries = useQueryClient()
  const isAdmin = me.role === 'admin'
  const groups = useQuery({ queryKey: ['groups'], queryFn: api.groups })
  const members = useQuery({ queryKey: ['members'], queryFn: api.members })
  const create = useMutation({ mutationFn: api.newGroup, onSuccess: () => queries.invalidateQueries({ queryKey: ['groups'] }) })
  const failure = groups.error ?? members.error ?? create.error
  return (
    <main className="list">
      <header>
        <h1>Groups</h1>
        {isAdmin && (
          <form
            className="row"
            onSubmit={(event) => {
              event.preventDefault()
              const form = event.currentTarget
              create.mutate(String(new FormData(form).get('name')), { onSuccess: () => form.reset() })
            }}
          >
            <label className="search"><span className="visually-hidden">Name of a new group</span><input name="name" required maxLength={100} placeholder="Name of a new group" /></label>
            <button type="submit" className="button primary">Make it</button>
          </form>
        )}
      </header>
      {failure && <div role="alert" className="notice">{failure.message}</div>}
      {groups.data?.length === 0 && <div className="empty">{isAdmin ? 'No groups yet. A group has a name, such as Board.' : 'No groups yet.'}</div>}
      {groups.data?.map((group) => <OneGroup key={group.group_id} group={group} members={members.data ?? []} isAdmin={isAdmin} />)}
    </main>
  )
}

function OneGroup({ group, members, isAdmin }: { group: Group; members: Member[]; isAdmin: boolean }) {
  const queries = useQueryClient()
  const again = () => queries.invalidateQueries({ queryKey: ['groups'] })
  const ids = useQuery({ queryKey: ['groups', group.group_id], queryFn: () => api.groupMembers(group.group_id) })
  const join = useMutation({ mutationFn: (account: string) => api.joinGroup(group.group_id, account), onSuccess: again })
  const leave = useMutation({ mutationFn: (account: string) => api.leaveGroup(group.group_id, account), onSuccess: again })
  const remove = useMutation({ mutationFn: () => api.removeGroup(group.group_id), onSuccess: again })
  const inside = members.filter((member) => ids.data?.includes(member.account_id))
  const outside = members.filter((member) => !ids.data?.includes(member.account_id))
  const failure = ids.error ?? join.error ?? leave.error ?? remove.error
  return (
    <section className="card stack" aria-label={group.name}>
      <div className="row">
        <h2 className="grow">{group.name}</h2>
        {isAdmin && (
          <button type="button" className="button danger" onClick={() => confirm(`End the group ${group.name}, and what it was given?`) && remove.mutate()}>End the group</button>
        )}
      </div>
      {failure && <div role="alert" className="notice">{failure.message}</div>}
      <ul className="shares">
        {inside.map((member) => (
          <li key={member.account_id}>
            <span className="who">{member.name}<small>{member.email}</small></span>
            {isAdmin && <button type="button" className="button quiet" onClick={() => leave.mutate(member.account_id)} aria-label={`Take ${member.name} out`}>Take out</button>}
          </li>
        ))}
      </ul>
      {inside.length === 0 && <p>Nobody is in it.</p>}
      {isAdmin && outside.length > 0 && (
        <label className="field">
          Put somebody in
          <select value="" onChange={(event) => event.target.value && join.mutate(event.target.value)}>
            <option value="">Choose…</option>
            {outside.map((member) => <option key={member.account_id} value={member.account_id}>{member.name}</option>)}
          </select>
        </label>
      )}
    </section>
  )
}
