import { useState } from 'react'
import { NoticePage } from '../../../elements/NoticePage'
import { api } from '../api'
import { AccountForm } from './AccountForm'

/** Requests a mail with a link for a new password. */
export function ForgottenPage({ mails }: { mails: boolean }) {
  const [sent, setSent] = useState(false)
  if (!mails) return <NoticePage title="Forgot your password?">This server sends no mails. Ask an admin of your workspace for a link.</NoticePage>
  if (sent) return <NoticePage title="Look into your mails">If there is an account with this address, a link is on its way. It works once, within a day.</NoticePage>
  return (
    <AccountForm title="Forgot your password?" fields={['email']} action="Send me a link" submit={({ email }) => api.forgotten(email).then(() => setSent(true))}>
      <p>We send a link by which you choose another.</p>
    </AccountForm>
  )
}
