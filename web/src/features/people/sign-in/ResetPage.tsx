import { useState } from 'react'
import { NoticePage } from '../../../elements/NoticePage'
import { api } from '../api'
import { AccountForm } from './AccountForm'

/** The page of a link for a new password; its secret is after the #. */
export function ResetPage() {
  const [done, setDone] = useState(false)
  if (done) return <NoticePage title="Your password is changed">Every device was signed out.</NoticePage>
  return (
    <AccountForm title="Choose a password" fields={['newPassword']} action="Change it" submit={({ newPassword }) => api.reset({ token: location.hash.slice(1), password: newPassword }).then(() => setDone(true))}>
      <p>At least 8 characters, and not easily guessed.</p>
    </AccountForm>
  )
}
