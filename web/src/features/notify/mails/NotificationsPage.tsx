// Settings: which notifications are also emailed, and when; and what is watched.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { PageHeader } from '../../../elements/PageHeader'
import { useSetup } from '../../people'
import { type MailChoices, api } from '../api'
import { t } from '../messages'
import { Watched } from '../watches/Watched'

const KINDS: Record<keyof MailChoices, string> = {
  mention: t.someoneMentionsYou,
  'approval-requested': t.yourApprovalIsRequested,
  'approval-due': t.yourApprovalIsDueSoonKind,
  'approval-decided': t.anApprovalYouRequestedIs,
  'approval-changed': t.anApprovedTextChanges,
  reply: t.someoneRepliesToYouOr,
  decided: t.someoneResolvesYourComment,
  share: t.someoneSharesADocumentWith,
  watched: t.newsOfDocumentsAndSpaces,
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
      <PageHeader title={t.notifications} />
      <section className="card stack" aria-labelledby="mails">
        <h2 id="mails">{t.emailNotifications}</h2>
        {serverSends === false && <p>{t.emailIsntSetUpOn}</p>}
        {serverSends && !isVerified && <p>{t.youWontGetAnyUntil}</p>}
        {chosen && serverSends && (
          <ul className="shares" aria-label={t.emailNotifications}>
            {(Object.entries(KINDS) as [keyof MailChoices, string][]).map(([kind, label]) => (
              <li key={kind}>
                <label className="who" htmlFor={`mail-${kind}`}>{label}</label>
                <select id={`mail-${kind}`} value={chosen[kind]} onChange={(event) => choose.mutate({ ...chosen, [kind]: event.target.value })}>
                  <option value="now">{t.rightAway}</option>
                  <option value="daily">{t.onceADay}</option>
                  <option value="never">{t.never}</option>
                </select>
              </li>
            ))}
          </ul>
        )}
        {choose.isSuccess && <output>{t.saved}</output>}
        {failure && <div role="alert" className="notice">{failure.message}</div>}
      </section>
      <Watched />
    </main>
  )
}
