// Signing in: by password, with a second step if it is set up, or at the identity provider.
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'wouter'
import { Problem } from '../../../client'
import { type SetupState, api } from '../api'
import { AccountForm } from './AccountForm'

const REFUSED: Record<string, string> = {
  forbidden: "You signed in with your provider, but you don't have access to this workspace. Ask a workspace admin.",
  'provider-failed': 'Signing in with your provider failed. Try again.',
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
      <AccountForm key="code" title="Two-step verification" fields={['code']} action="Sign in" submit={(values) => signIn({ ...proven, ...values })}>
        <p>Enter the 6-digit code from your authenticator app, or a recovery code.</p>
      </AccountForm>
    )
  }
  const from = location.pathname + location.hash
  return (
    <AccountForm key="password" title="Sign in" fields={['email', 'password']} action="Sign in" submit={signIn} foot={setup && <Link href="/forgotten">Forgot your password?</Link>}>
      {!setup && <p>Can't reach the server. Your unsent changes are safe on this device.</p>}
      {refused && <div role="alert" className="notice">{REFUSED[refused] ?? `Sign-in failed: ${refused}.`}</div>}
      {setup?.provider && <a className="button" href={`/api/v1/auth/provider?return_to=${encodeURIComponent(from)}`}>Sign in with {setup.provider}</a>}
    </AccountForm>
  )
}
