import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { ConfirmDialog } from '../../../elements/ConfirmDialog'
import { PersonPicker } from '../../../elements/PersonPicker'
import { type Group, type Member, api } from '../api'
import { t } from '../messages'
import { groupsKey } from '../queries'

interface Props {
  group: Group
  members: Member[]
  isAdmin: boolean
}

/** One group: its members, whom an admin can change. */
export function GroupCard({ group, members, isAdmin }: Props) {
  const queries = useQueryClient()
  const [isAsking, setAsking] = useState(false)
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
          <button type="button" className="button danger" onClick={() => setAsking(true)}>{t.deleteGroup}</button>
        )}
      </div>
      {isAsking && <ConfirmDialog title={t.deleteName({ name: group.name })} action={t.delete} onConfirm={() => remove.mutate()} onClose={() => setAsking(false)}>{t.itsMembersLoseTheAccess}</ConfirmDialog>}
      {failure && <div role="alert" className="notice">{failure.message}</div>}
      <ul className="shares">
        {inside.map((member) => (
          <li key={member.account_id}>
            <span className="who">{member.name}<small>{member.email}</small></span>
            {isAdmin && <button type="button" className="button quiet" onClick={() => leave.mutate(member.account_id)} aria-label={t.removeName({ name: member.name })}>{t.remove}</button>}
          </li>
        ))}
      </ul>
      {inside.length === 0 && <p>{t.noMembers}</p>}
      {isAdmin && outside.length > 0 && (
        <PersonPicker label={t.addMember} choices={outside.map(({ account_id, name, email, color }) => ({ key: account_id, name, detail: email, color }))} chosen={[]} onChange={(to) => to[0] && join.mutate(to[0])} />
      )}
    </section>
  )
}
