import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useLocation } from 'wouter'
import { NoticePage } from '../../../elements/NoticePage'
import { useTitle } from '../../../title'
import { api } from '../api'
import { useMe } from '../queries'
import { AccountForm } from '../sign-in/AccountForm'

/** The page of an invitation, which leads to a new account or to another workspace. */
export function InvitePage({ token }: { token: string }) {
  const queries = useQueryClient()
  const [, go] = useLocation()
  const me = useMe()
  const invitation = useQuery({ queryKey: ['invitation', token], queryFn: () => api.lookAtInvitation(token) })
  const join = useMutation({ mutationFn: () => api.joinByInvite(token), onSuccess: () => location.assign('/') })
  const title = `Join ${invitation.data?.workspace ?? 'the workspace'}`
  useTitle(title)
  if (me.isPending || invitation.isPending) return null
  if (invitation.isError) return <NoticePage title="This invitation doesn't work">{invitation.error.message}</NoticePage>
  const invited = `${invitation.data.invited_by} invited you.`
  if (me.data) {
    return (
      <main className="welcome">
        <div className="told">
          <h1>{title}</h1>
          <p>{invited} You join as {me.data.name} ({me.data.email}).</p>
          {join.isError && <div role="alert" className="notice">{join.error.message}</div>}
          <button type="button" className="button primary" onClick={() => join.mutate()}>Join</button>
        </div>
      </main>
    )
  }
  return (
    <AccountForm
      title={title}
      fields={['name', 'email', 'password']}
      action="Join"
      submit={async (values) => {
        await api.acceptInvite(token, values)
        await queries.resetQueries()
        go('/')
      }}
    >
      <p>{invited}</p>
    </AccountForm>
  )
}
