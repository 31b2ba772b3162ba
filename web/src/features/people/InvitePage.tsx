import { useQueryClient } from '@tanstack/react-query'
import { useLocation } from 'wouter'
import { api } from '../../api'
import { AccountForm } from './AccountForm'

export function InvitePage({ token }: { token: string }) {
  const queries = useQueryClient()
  const [, go] = useLocation()
  return (
    <AccountForm
      title="Join the workspace"
      fields={['name', 'email', 'password']}
      action="Join"
      submit={async (values) => {
        await api.acceptInvite(token, values)
        queries.clear()
        go('/')
      }}
    >
      <p>Somebody invited you with this link. It works once.</p>
    </AccountForm>
  )
}
