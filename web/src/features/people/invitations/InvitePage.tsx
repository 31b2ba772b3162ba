import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useLocation } from 'wouter'
import { NoticePage } from '../../../elements/NoticePage'
import { useTitle } from '../../../title'
import { api } from '../api'
import { t } from '../messages'
import { useMe } from '../queries'
import { AccountForm } from '../sign-in/AccountForm'

/** The page of an invitation, which leads to a new account or to another workspace. */
export function InvitePage({ token }: { token: string }) {
  const queries = useQueryClient()
  const [, go] = useLocation()
  const me = useMe()
  const invitation = useQuery({ queryKey: ['invitation', token], queryFn: () => api.lookAtInvitation(token) })
  const join = useMutation({ mutationFn: () => api.joinByInvite(token), onSuccess: () => location.assign('/') })
  const title = t.joinWorkspace({ workspace: invitation.data?.workspace ?? t.theWorkspace })
  useTitle(title)
  if (me.isPending || invitation.isPending) return null
  if (invitation.isError) return <NoticePage title={t.thisInvitationDoesntWork}>{invitation.error.message}</NoticePage>
  const invited = t.invitedYouName({ name: invitation.data.invited_by })
  if (me.data) {
    return (
      <main className="welcome">
        <div className="told">
          <h1>{title}</h1>
          <p>{t.youJoinAs({ invited, name: me.data.name, email: me.data.email })}</p>
          {join.isError && <div role="alert" className="notice">{join.error.message}</div>}
          <button type="button" className="button primary" onClick={() => join.mutate()}>{t.join}</button>
        </div>
      </main>
    )
  }
  return (
    <AccountForm
      title={title}
      fields={['name', 'email', 'ownPassword']}
      action={t.join}
      submit={async ({ ownPassword: password, ...values }) => {
        await api.acceptInvite(token, { password, ...values })
        await queries.resetQueries()
        go('/')
      }}
    >
      <p>{invited}</p>
    </AccountForm>
  )
}
