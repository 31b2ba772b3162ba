// Signing in: by password, with a second step if it is set up, or at the identity provider.
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'wouter'
import { Problem } from '../../../client'
import { type SetupState, api } from '../api'
import { t } from '../messages'
import { AccountForm } from './AccountForm'

const REFUSED: Record<string, string> = {
  forbidden: t.youSignedInWithYour,
  'provider-failed': t.signingInWithYourProvider,
}

export function SignInPage({ setup }: { setup: SetupState | undefined }) {
  const queries = useQueryClient()
  const [proven, setProven] = useState<{ email: string; password: string } | null>(null)
  const refused = new URLSearchParams(location.search).get('refused')
  const signIn = async (values: { email: string; password: string; code?: string }) => {
    try {
      await api.signIn(values)
      await queries.invalidateQueries()
    } catch (problem) {
      if (!(problem instanceof Problem && problem.code === 'second-step-needed')) throw problem
      setProven(values)
    }
  }
  if (proven) {
    return (
      <AccountForm key="code" title={t.twoStepVerification} fields={['code']} action={t.signIn} submit={(values) => signIn({ ...proven, ...values })}>
        <p>{t.enterThe6DigitCode}</p>
      </AccountForm>
    )
  }
  const from = location.pathname + location.hash
  return (
    <AccountForm key="password" title={t.signIn} fields={['email', 'password']} action={t.signIn} submit={signIn} foot={setup && <Link href="/forgotten">{t.forgotYourPassword}</Link>}>
      {!setup && <p>{t.cantReachTheServerYour}</p>}
      {refused && <div role="alert" className="notice">{REFUSED[refused] ?? t.signInFailed({ reason: refused })}</div>}
      {setup?.provider && <a className="button" href={`/api/v1/auth/provider?return_to=${encodeURIComponent(from)}`}>{t.signInWith({ provider: setup.provider })}</a>}
    </AccountForm>
  )
}
