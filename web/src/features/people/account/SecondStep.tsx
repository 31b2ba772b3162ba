// The second step of signing in: set-up, confirmation, and removal.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { FormEvent } from 'react'
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
      <h2 id="second-step">Second step</h2>
      {confirm.data && (
        <div className="stack">
          <p><strong>Write these down now.</strong> Each gets you in once when your phone is away; they are not shown again.</p>
          <ul className="codes" aria-label="Recovery codes">{confirm.data.recovery_codes.map((code) => <li key={code}><code>{code}</code></li>)}</ul>
        </div>
      )}
      {me.second_step ? (
        <form className="row" onSubmit={(event) => end.mutate(value(event, 'password'))}>
          <p className="grow">You are asked for a code of your app. {me.recovery_codes_left} recovery codes are left.</p>
          <label className="field">Password<input name="password" type="password" required autoComplete="current-password" /></label>
          <button type="submit" className="button">End it</button>
        </form>
      ) : begin.data ? (
        <form className="stack" onSubmit={(event) => confirm.mutate(value(event, 'code'))}>
          <p>Scan this with an app for one-time codes, or type the key into it.</p>
          <img className="scan" width="200" height="200" alt="The key, to scan" src={`data:image/svg+xml,${encodeURIComponent(begin.data.picture)}`} />
          <code className="key">{begin.data.secret}</code>
          <div className="row">
            <label className="field">Code that the app shows<input name="code" required inputMode="numeric" autoComplete="one-time-code" /></label>
            <button type="submit" className="button primary">Confirm</button>
          </div>
        </form>
      ) : (
        <form className="row" onSubmit={(event) => begin.mutate(value(event, 'password'))}>
          <p className="grow">Whoever knows your password still needs your phone.</p>
          <label className="field">Password<input name="password" type="password" required autoComplete="current-password" /></label>
          <button type="submit" className="button primary">Set it up</button>
        </form>
      )}
      {failure && <div role="alert" className="notice">{failure.message}</div>}
    </section>
  )
}
