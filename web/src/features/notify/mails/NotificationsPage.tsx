// Settings: which notifications are also emailed, and when; and what is watched.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { PageHeader } from '../../../elements/PageHeader'
import { useSetup } from '../../people'
import { type MailChoices, api } from '../api'
import { Watched } from '../watches/Watched'

const KINDS: Record<keyof MailChoices, string> = {
  mention: 'Someone mentions you',
  'approval-requested': 'Your approval is requested',
  'approval-due': 'Your approval is due soon',
  'approval-decided': 'An approval you requested is decided',
  'approval-changed': 'An approved text changes',
  reply: 'Someone replies to you, or comments on your document',
  decided: 'Someone resolves your comment or suggestion',
  share: 'Someone shares a document with you',
  watched: 'News of documents and spaces you watch',
}

export function NotificationsPage({ isVerified }: { isVerified: boolean }) {
  const queries = useQueryClient()
  const setup = useSetup()
  const mails = useQuery({ queryKey: ['mails'], queryFn: api.mailChoices })
  const choose = useMutation({ mutationFn: api.chooseMails, onSuccess: () => queries.invalidateQueries({ queryKey: ['mails'] }) })
  const failure = mails.error ?? choose.error
  const chosen = mails.data
  const serverSends = setup.data?.mails
  return (
    <main className="list">
      <PageHeader title="Notifications" />
      <section className="card stack" aria-labelledby="mails">
        <h2 id="mails">Email notifications</h2>
        {serverSends === false && <p>Email isn't set up on this server. Check your inbox here.</p>}
        {serverSends && !isVerified && <p>You won't get any until your email address is confirmed. See your profile.</p>}
        {chosen && serverSends && (
          <ul className="shares" aria-label="Email notifications">
            {(Object.entries(KINDS) as [keyof MailChoices, string][]).map(([kind, label]) => (
              <li key={kind}>
                <label className="who" htmlFor={`mail-${kind}`}>{label}</label>
                <select id={`mail-${kind}`} value={chosen[kind]} onChange={(event) => choose.mutate({ ...chosen, [kind]: event.target.value })}>
                  <option value="now">Right away</option>
                  <option value="daily">Once a day</option>
                  <option value="never">Never</option>
                </select>
              </li>
            ))}
          </ul>
        )}
        {choose.isSuccess && <output>Saved.</output>}
        {failure && <div role="alert" className="notice">{failure.message}</div>}
      </section>
      <Watched />
    </main>
  )
}
