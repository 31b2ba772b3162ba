import { useQueryClient } from '@tanstack/react-query'
import { api } from '../../api'
import { AccountForm } from './AccountForm'

export function SignInPage({ unreachable }: { unreachable: boolean }) {
  const queries = useQueryClient()
  return (
    <AccountForm
      title="Sign in"
      fields={['email', 'password']}
      action="Sign in"
      submit={async (values) => {
        await api.signIn(values)
        await queries.invalidateQueries()
      }}
    >
      <p>{unreachable ? 'The server does not answer. What you typed before is kept on this device.' : 'To your workspace.'}</p>
    </AccountForm>
  )
}
