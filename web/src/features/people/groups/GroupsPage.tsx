// Groups of members. A document can be shared with a whole group.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { PageHeader } from '../../../elements/PageHeader'
import { isAdmin } from '../../../rights'
import { type Me, api } from '../api'
import { t } from '../messages'
import { groupsKey, useGroups, useMembers } from '../queries'
import { GroupCard } from './GroupCard'

export function GroupsPage({ me }: { me: Me }) {
  const queries = useQueryClient()
  const mayChange = isAdmin(me.role)
  const groups = useGroups()
  const members = useMembers()
  const create = useMutation({ mutationFn: api.newGroup, onSuccess: () => queries.invalidateQueries({ queryKey: groupsKey }) })
  const failure = groups.error ?? members.error ?? create.error
  return (
    <main className="list">
      <PageHeader title={t.groups}>
        {mayChange && (
          <form
            className="row"
            onSubmit={(event) => {
              event.preventDefault()
              const form = event.currentTarget
              create.mutate(String(new FormData(form).get('name')), { onSuccess: () => form.reset() })
            }}
          >
            <label className="search"><span className="visually-hidden">{t.nameOfANewGroup}</span><input name="name" required maxLength={100} placeholder={t.nameOfANewGroup} /></label>
            <button type="submit" className="button primary">{t.createGroup}</button>
          </form>
        )}
      </PageHeader>
      {failure && <div role="alert" className="notice">{failure.message}</div>}
      {groups.data?.length === 0 && <div className="empty">{t.noGroupsYetGroupsLet}</div>}
      {groups.data?.map((group) => <GroupCard key={group.group_id} group={group} members={members.data ?? []} isAdmin={mayChange} />)}
    </main>
  )
}
