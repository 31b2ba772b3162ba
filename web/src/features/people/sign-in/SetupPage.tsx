import { useQueryClient } from '@tanstack/react-query'
import { useLocation } from 'wouter'
import { api } from '../api'
import { t } from '../messages'
import { AccountForm } from './AccountForm'

/** The first-run page. The secret is after the # of the printed URL, so it is never logged. */
export function SetupPage() {
  const queries = useQueryClient()
  const [, go] = useLocation()
  const secret = location.hash.slice(1)
  return (
    <AccountForm
      title={t.createYourWorkspace}
      fields={['workspace', 'name', 'email', 'ownPassword']}
      action={t.createWorkspace}
      submit={async ({ ownPassword: password, ...values }) => {
        await api.setup({ secret, password, ...values })
        history.replaceState(null, '', '/')
        await queries.resetQueries()
        go('/')
      }}
    >
      <p>{secret ? t.youWillBeItsOwner : t.toSetUpConsiliumOpen}</p>
    </AccountForm>
  )
}
