import { useState } from 'react'
import { NoticePage } from '../../../elements/NoticePage'
import { api } from '../api'
import { AccountForm } from './AccountForm'

/** The page of a link for a new password; its secret is after the #. */
export function ResetPage() {
  const [done, setDone] = useState(false)
  if (done) return <NoticePage title="Password changed" onward="Sign in">All your devices were signed out.</NoticePage>
  return (
    <AccountForm title="Choose a new password" fields={['newPassword']} action="Save password" submit={({ newPassword }) => api.reset({ token: location.hash.slice(1), password: newPassword }).then(() => setDone(true))}>
      <p>At least 8 characters, and not easy to guess.</p>
    </AccountForm>
  )
}
