import { useState } from 'react'
import { NoticePage } from '../../../elements/NoticePage'
import { api } from '../api'
import { t } from '../messages'
import { AccountForm } from './AccountForm'

/** Requests a mail with a link for a new password. */
export function ForgottenPage({ mails }: { mails: boolean }) {
  const [sent, setSent] = useState(false)
  if (!mails) return <NoticePage title={t.forgotYourPassword} onward={t.backToSignIn}>{t.thisServerCantSendEmail}</NoticePage>
  if (sent) return <NoticePage title={t.checkYourEmail} onward={t.backToSignIn}>{t.ifThereIsAnAccount}</NoticePage>
  return (
    <AccountForm title={t.forgotYourPassword} fields={['email']} action={t.sendResetLink} submit={({ email }) => api.forgotten(email).then(() => setSent(true))}>
      <p>{t.wellEmailYouALink}</p>
    </AccountForm>
  )
}
