import { useState } from 'react'
import { Link } from 'wouter'
import { NoticePage } from '../../../elements/NoticePage'
import { api } from '../api'
import { t } from '../messages'

/** The page of the unsubscribe link. Nothing happens until a person confirms, because mail scanners open links too. */
export function StopMailsPage() {
  const [outcome, setOutcome] = useState('')
  if (outcome) return <NoticePage title={t.emailNotifications}>{outcome}</NoticePage>
  const stop = () => api.stopMails(location.hash.slice(1)).then(() => setOutcome(t.youWontGetAnyMore), () => setOutcome(t.thisLinkDoesntWorkTurn))
  return (
    <main className="welcome">
      <div className="told">
        <h1>{t.turnOffEmailNotifications}</h1>
        <p>{t.youCanAlsoChooseWhich}</p>
        <p className="row"><button type="button" className="button primary" onClick={stop}>{t.turnOffAll}</button><Link href="/settings/notifications" className="button">{t.choose}</Link></p>
      </div>
    </main>
  )
}
