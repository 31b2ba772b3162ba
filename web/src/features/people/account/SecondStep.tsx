// Two-step verification: set-up, confirmation, and removal.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import type { FormEvent } from 'react'
import { Problem } from '../../../client'
import { CopyButton } from '../../../elements/CopyButton'
import { type Me, api } from '../api'
import { t } from '../messages'
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
      <h2 id="second-step">{t.twoStepVerification}</h2>
      {confirm.data && (
        <div className="stack">
          <p><strong>{t.saveTheseRecoveryCodesNow}</strong> {t.eachWorksOnceYouWont}</p>
          <ul className="codes" aria-label={t.recoveryCodes}>{confirm.data.recovery_codes.map((code) => <li key={code}><code>{code}</code></li>)}</ul>
          <div className="row">
            <CopyButton text={confirm.data.recovery_codes.join('\n')} label={t.copyCodes} />
            <a className="button" download="consilium-recovery-codes.txt" href={`data:text/plain;charset=utf-8,${encodeURIComponent(`${confirm.data.recovery_codes.join('\n')}\n`)}`}><Download size={16} strokeWidth={1.75} />{t.downloadCodes}</a>
          </div>
        </div>
      )}
      {me.second_step ? (
        <form className="row" onSubmit={(event) => end.mutate(value(event, 'password'))}>
          <p className="grow">{t.secondStepOn({ count: me.recovery_codes_left })}</p>
          <label className="field">{t.password}<input name="password" type="password" required autoComplete="current-password" /></label>
          <button type="submit" className="button">{t.turnOff}</button>
        </form>
      ) : begin.data ? (
        <form className="stack" onSubmit={(event) => confirm.mutate(value(event, 'code'))}>
          <p>{t.scanWithYourAuthenticator}</p>
          <img className="scan" width="200" height="200" alt={t.qrCodeOfTheKey} src={`data:image/svg+xml,${encodeURIComponent(begin.data.picture)}`} />
          <div className="row"><code className="key grow">{begin.data.secret}</code><CopyButton text={begin.data.secret} label={t.copyKey} /></div>
          <div className="row">
            <label className="field">{t.codeFromTheApp}<input name="code" required inputMode="numeric" autoComplete="one-time-code" /></label>
            <button type="submit" className="button primary">{t.confirm}</button>
          </div>
        </form>
      ) : (
        <form className="row" onSubmit={(event) => begin.mutate(value(event, 'password'))}>
          <p className="grow">{t.addsACodeFromYour}</p>
          <label className="field">{t.password}<input name="password" type="password" required autoComplete="current-password" /></label>
          <button type="submit" className="button primary">{t.setUp}</button>
        </form>
      )}
      {failure && <div role="alert" className="notice">{failure === confirm.error && failure instanceof Problem && failure.code === 'wrong-code' ? t.wrongCodeCheckYourPhones : failure.message}</div>}
    </section>
  )
}
