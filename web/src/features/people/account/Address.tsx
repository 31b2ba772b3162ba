import { useMutation } from '@tanstack/react-query'
import { type Me, api } from '../api'
import { t } from '../messages'
import { useSetup } from '../queries'

/** Asks for an email that confirms the address. */
export function Address({ me }: { me: Me }) {
  const setup = useSetup()
  const send = useMutation({ mutationFn: api.sendVerification })
  // A server without email cannot send a link.
  if (!setup.data?.mails) return null
  return (
    <div className="row">
      <p className="grow">{t.yourEmailAddressIsNot({ email: me.email })}</p>
      {send.isSuccess ? <output>{t.confirmationLinkSent}</output> : <button type="button" className="button" onClick={() => send.mutate()}>{t.sendConfirmationLink}</button>}
      {send.isError && <div role="alert" className="notice">{send.error.message}</div>}
    </div>
  )
}
