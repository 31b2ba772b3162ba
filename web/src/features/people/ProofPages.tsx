// Where links in mails lead: a new password, the proof of an address; and how to ask for one.
import { useEffect, useState } from 'react'
import { Link } from 'wouter'
import { api } from '../../api'
import { AccountForm } from './AccountForm'

const secret = () => location.hash.slice(1)

export function ForgottenPage({ mails }: { mails: boolean }) {
  const [sent, setSent] = useState(false)
  if (!mails) return <Told title="Forgot your password?">This server sends no mails. Ask an admin of your workspace for a link.</Told>
  if (sent) return <Told title="Look into your mails">If there is an account with this address, a link is on its way. It works once, within a day.</Told>
  return (
    <AccountForm title="Forgot your password?" fields={['email']} action="Send me a link" submit={({ email }) => api.forgotten(email).then(() => setSent(true))}>
      <p>We send a link by which you choose another.</p>
    </AccountForm>
  )
}

export function ResetPage() {
  const [done, setDone] = useState(false)
  if (done) return <Told title="Your password is changed">Every device was signed out.</Told>
  return (
    <AccountForm title="Choose a password" fields={['newPassword']} action="Change it" submit={({ newPassword }) => api.reset({ token: secret(), password: newPassword }).then(() => setDone(true))}>
      <p>At least 8 characters, and not easily guessed.</p>
    </AccountForm>
  )
}

export function VerifyPage() {
  const [outcome, setOutcome] = useState('One moment…')
  useEffect(() => {
    api.verify(secret()).then(() => setOutcome('Your address is confirmed.'), () => setOutcome('This link was used, or is over. Ask for another in your account.'))
  }, [])
  return <Told title="Your address">{outcome}</Told>
}

/** Nothing happens until somebody asks for it: programs look at links in mails too. */
export function StopMailsPage() {
  const [outcome, setOutcome] = useState('')
  if (outcome) return <Told title="Mails">{outcome}</Told>
  const stop = () => api.stopMails(secret()).then(() => setOutcome('You get no more of these mails. What you should hear of is in your inbox.'), () => setOutcome('This link is none of ours.'))
  return (
    <main className="welcome">
      <div className="told">
        <h1>Stop these mails?</h1>
        <p>You can choose single kinds instead, in your account.</p>
        <p className="row"><button type="button" className="button primary" onClick={stop}>Stop all of them</button><Link href="/account" className="button">Choose</Link></p>
      </div>
    </main>
  )
}

function Told({ title, children }: { title: string; children: string }) {
  return (
    <main className="welcome">
      <div className="told">
        <h1>{title}</h1>
        <p role="status">{children}</p>
        <Link href="/" className="button">Go on</Link>
      </div>
    </main>
  )
}
