import { useState } from 'react'
import { NoticePage } from '../../../elements/NoticePage'
import { api } from '../api'
import { AccountForm } from './AccountForm'

/** Requests a mail with a link for a new password. */
export function ForgottenPage({ mails }: { mails: boolean }) {
  const [sent, setSent] = useState(false)
  if (!mails) return <NoticePage title="Forgot your password?" onward="Back to sign in">This server can't send email. Ask a workspace admin for a reset link.</NoticePage>
  if (sent) return <NoticePage title="Check your email" onward="Back to sign in">If there is an account with this address, a reset link is on its way. It works once, for 24 hours.</NoticePage>
  return (
    <AccountForm title="Forgot your password?" fields={['email']} action="Send reset link" submit={({ email }) => api.forgotten(email).then(() => setSent(true))}>
      <p>We'll email you a link to choose a new password.</p>
    </AccountForm>
  )
}
