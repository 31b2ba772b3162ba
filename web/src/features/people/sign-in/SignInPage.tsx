// Signing in: by password, with a second step if it is set up, or at the identity provider.
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'wouter'
import { Problem } from '../../../client'
import { type SetupState, api } from '../api'
import { AccountForm } from './AccountForm'

const REFUSED: Record<string, string> = {
  forbidden: 'The identity provider knows you, but this workspace does not let you in: ask an admin.',
  'provider-failed': 'Signing in at the identity provider did not work: try again.',
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
      <AccountForm key="code" title="One more step" fields={['code']} action="Sign in" submit={(values) => signIn({ ...proven, ...values })}>
        <p>The six digits that your app shows now, or one of your recovery codes.</p>
      </AccountForm>
    )
  }
  const from = location.pathname + location.hash
  return (
    <AccountForm key="password" title="Sign in" fields={['email', 'password']} action="Sign in" submit={signIn}>
      <p>{setup ? 'To your workspace.' : 'The server does not answer. What you typed before is kept on this device.'}</p>
      {refused && <div role="alert" className="notice">{REFUSED[refused] ?? `It was refused: ${refused}.`}</div>}
      {setup?.provider && <a className="button" href={`/api/v1/auth/provider?return_to=${encodeURIComponent(from)}`}>Sign in with {setup.provider}</a>}
      {setup && <Link href="/forgotten">Forgot your password?</Link>}
    </AccountForm>
  )
}
