// Settings: which notifications are also mailed, and when.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type MailChoices, api } from '../api'

const KINDS: Record<keyof MailChoices, string> = {
  mention: 'Somebody mentions you',
  'approval-requested': 'It is your turn to approve',
  'approval-due': 'Your turn to approve ends soon',
  'approval-decided': 'What you asked to be approved is decided',
  'approval-changed': 'An approved text was changed',
  reply: 'Somebody answers you',
  decided: 'Somebody ends your thread or suggestion',
  share: 'Somebody shares a document with you',
}

interface Props {
  /** Whether the server sends mails; undefined until that is loaded. */
  serverSends: boolean | undefined
  /** Whether the address of the account is confirmed. */
  isVerified: boolean
}

export function Mails({ serverSends, isVerified }: Props) {
  const queries = useQueryClient()
  const mails = useQuery({ queryKey: ['mails'], queryFn: api.mailChoices })
  const choose = useMutation({ mutationFn: api.chooseMails, onSuccess: () => queries.invalidateQueries({ queryKey: ['mails'] }) })
  const failure = mails.error ?? choose.error
  const chosen = mails.data
  return (
    <section className="card stack" aria-labelledby="mails">
      <h2 id="mails">Mails</h2>
      {serverSends === false && <p>This server sends no mails: look into your inbox here.</p>}
      {serverSends && !isVerified && <p>You get none until your address is confirmed: see above.</p>}
      {chosen && serverSends && (
        <ul className="shares" aria-label="What you are mailed">
          {(Object.entries(KINDS) as [keyof MailChoices, string][]).map(([kind, label]) => (
            <li key={kind}>
              <label className="who" htmlFor={`mail-${kind}`}>{label}</label>
              <select id={`mail-${kind}`} value={chosen[kind]} onChange={(event) => choose.mutate({ ...chosen, [kind]: event.target.value })}>
                <option value="now">at once</option>
                <option value="daily">once a day</option>
                <option value="never">never</option>
              </select>
            </li>
          ))}
        </ul>
      )}
      {choose.isSuccess && <output>Saved.</output>}
      {failure && <div role="alert" className="notice">{failure.message}</div>}
    </section>
  )
}
