import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type Group, type Member, api } from '../api'
import { groupsKey } from '../queries'

interface Props {
  group: Group
  members: Member[]
  isAdmin: boolean
}

/** One group: its members, whom an admin can change. */
export function GroupCard({ group, members, isAdmin }: Props) {
  const queries = useQueryClient()
  const again = () => queries.invalidateQueries({ queryKey: groupsKey })
  const ids = useQuery({ queryKey: [...groupsKey, group.group_id], queryFn: () => api.groupMembers(group.group_id) })
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
