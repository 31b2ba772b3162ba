import { useState } from 'react'
import { Link } from 'wouter'
import { NoticePage } from '../../../elements/NoticePage'
import { api } from '../api'

/** The page of the unsubscribe link. Nothing happens until a person confirms, because mail scanners open links too. */
export function StopMailsPage() {
  const [outcome, setOutcome] = useState('')
  if (outcome) return <NoticePage title="Email notifications">{outcome}</NoticePage>
  const stop = () => api.stopMails(location.hash.slice(1)).then(() => setOutcome("You won't get any more of these emails. Your notifications are in your inbox."), () => setOutcome("This link doesn't work. Turn off emails under Settings, Notifications."))
  return (
    <main className="welcome">
      <div className="told">
        <h1>Turn off email notifications?</h1>
        <p>You can also choose which notifications are emailed.</p>
        <p className="row"><button type="button" className="button primary" onClick={stop}>Turn off all</button><Link href="/settings/notifications" className="button">Choose</Link></p>
      </div>
    </main>
  )
}
