import { useState } from 'react'
import { NoticePage } from '../../../elements/NoticePage'
import { api } from '../api'
import { t } from '../messages'
import { AccountForm } from './AccountForm'

/** The page of a link for a new password; its secret is after the #. */
export function ResetPage() {
  const [done, setDone] = useState(false)
  if (done) return <NoticePage title={t.passwordChanged} onward={t.signIn}>{t.allYourDevicesWereSigned}</NoticePage>
  return (
    <AccountForm title={t.chooseANewPassword} fields={['newPassword']} action={t.savePassword} submit={({ newPassword }) => api.reset({ token: location.hash.slice(1), password: newPassword }).then(() => setDone(true))} />
  )
}
