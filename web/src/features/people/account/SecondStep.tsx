// Two-step verification: set-up, confirmation, and removal.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import type { FormEvent } from 'react'
import { Problem } from '../../../client'
import { CopyButton } from '../../../elements/CopyButton'
import { type Me, api } from '../api'
import { meKey } from '../queries'

const value = (event: FormEvent<HTMLFormElement>, name: string) => {
  event.preventDefault()
  return String(new FormData(event.currentTarget).get(name))
}

export function SecondStep({ me }: { me: Me }) {
  const queries = useQueryClient()
  const again = () => queries.invalidateQueries({ queryKey: meKey })
  const begin = useMutation({ mutationFn: api.beginSecondStep })
  const confirm = useMutation({ mutationFn: api.confirmSecondStep, onSuccess: again })
  const end = useMutation({ mutationFn: api.endSecondStep, onSuccess: () => { begin.reset(); confirm.reset(); void again() } })
  const failure = begin.error ?? confirm.error ?? end.error
  return (
    <section className="card stack" aria-labelledby="second-step">
      <h2 id="second-step">Two-step verification</h2>
      {confirm.data && (
        <div className="stack">
          <p><strong>Save these recovery codes now.</strong> Each works once; you won't see them again.</p>
          <ul className="codes" aria-label="Recovery codes">{confirm.data.recovery_codes.map((code) => <li key={code}><code>{code}</code></li>)}</ul>
          <div className="row">
            <CopyButton text={confirm.data.recovery_codes.join('\n')} label="Copy codes" />
            <a className="button" download="consilium-recovery-codes.txt" href={`data:text/plain;charset=utf-8,${encodeURIComponent(`${confirm.data.recovery_codes.join('\n')}\n`)}`}><Download size={16} strokeWidth={1.75} />Download codes</a>
          </div>
        </div>
      )}
      {me.second_step ? (
        <form className="row" onSubmit={(event) => end.mutate(value(event, 'password'))}>
          <p className="grow">On. You enter a code from your authenticator app at sign-in. {me.recovery_codes_left} recovery codes left.</p>
          <label className="field">Password<input name="password" type="password" required autoComplete="current-password" /></label>
          <button type="submit" className="button">Turn off</button>
        </form>
      ) : begin.data ? (
        <form className="stack" onSubmit={(event) => confirm.mutate(value(event, 'code'))}>
          <p>Scan with your authenticator app, or enter the key.</p>
          <img className="scan" width="200" height="200" alt="QR code of the key" src={`data:image/svg+xml,${encodeURIComponent(begin.data.picture)}`} />
          <div className="row"><code className="key grow">{begin.data.secret}</code><CopyButton text={begin.data.secret} label="Copy key" /></div>
          <div className="row">
            <label className="field">Code from the app<input name="code" required inputMode="numeric" autoComplete="one-time-code" /></label>
            <button type="submit" className="button primary">Confirm</button>
          </div>
        </form>
      ) : (
        <form className="row" onSubmit={(event) => begin.mutate(value(event, 'password'))}>
          <p className="grow">Adds a code from your phone at sign-in.</p>
          <label className="field">Password<input name="password" type="password" required autoComplete="current-password" /></label>
          <button type="submit" className="button primary">Set up</button>
        </form>
      )}
      {failure && <div role="alert" className="notice">{failure === confirm.error && failure instanceof Problem && failure.code === 'wrong-code' ? "Wrong code. Check your phone's clock." : failure.message}</div>}
    </section>
  )
}
