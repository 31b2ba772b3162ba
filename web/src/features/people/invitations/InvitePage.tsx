import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useLocation } from 'wouter'
import { api } from '../api'
import { useMe } from '../queries'
import { AccountForm } from '../sign-in/AccountForm'

/** The page of an invitation, which leads to a new account or to another workspace. */
export function InvitePage({ token }: { token: string }) {
  const queries = useQueryClient()
  const [, go] = useLocation()
  const me = useMe()
  const join = useMutation({ mutationFn: () => api.joinByInvite(token), onSuccess: () => location.assign('/') })
  if (me.isPending) return null
  if (me.data) {
    return (
      <main className="welcome">
        <div className="told">
          <h1>Join the workspace</h1>
          <p>Somebody invited you with this link. You join as {me.data.name}, {me.data.email}.</p>
          {join.isError && <div role="alert" className="notice">{join.error.message}</div>}
          <button type="button" className="button primary" onClick={() => join.mutate()}>Join</button>
        </div>
      </main>
    )
  }
  return (
    <AccountForm
      title="Join the workspace"
      fields={['name', 'email', 'password']}
      action="Join"
      submit={async (values) => {
        await api.acceptInvite(token, values)
        await queries.resetQueries()
        go('/')
      }}
    >
      <p>Somebody invited you with this link. It works once.</p>
    </AccountForm>
  )
}
