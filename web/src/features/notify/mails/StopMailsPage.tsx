import { useState } from 'react'
import { Link } from 'wouter'
import { NoticePage } from '../../../elements/NoticePage'
import { api } from '../api'

/** The page of the unsubscribe link. Nothing happens until a person confirms, because mail scanners open links too. */
export function StopMailsPage() {
  const [outcome, setOutcome] = useState('')
  if (outcome) return <NoticePage title="Mails">{outcome}</NoticePage>
  const stop = () => api.stopMails(location.hash.slice(1)).then(() => setOutcome('You get no more of these mails. What you should hear of is in your inbox.'), () => setOutcome('This link is none of ours.'))
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
