// The form of every page before signing in: first run, sign-in, invitations, links and new passwords.
import { type ReactNode, useState } from 'react'
import { Problem } from '../../../client'
import { NewPasswordField } from '../../../elements/NewPasswordField'
import { useTitle } from '../../../title'
import { t } from '../messages'

export type Field = 'workspace' | 'name' | 'email' | 'password' | 'ownPassword' | 'newPassword' | 'code' | 'linkPassword'

/** Fields for a password that is set: the first one of an account, or a new one. */
const NEW_PASSWORDS = { ownPassword: t.password, newPassword: t.newPassword }
const isNewPassword = (field: Field): field is keyof typeof NEW_PASSWORDS => field in NEW_PASSWORDS

const LABELS: Record<Exclude<Field, keyof typeof NEW_PASSWORDS>, { label: string; type: string; complete: string }> = {
  workspace: { label: t.workspaceName, type: 'text', complete: 'organization' },
  name: { label: t.yourName, type: 'text', complete: 'name' },
  email: { label: t.email, type: 'email', complete: 'username' },
  password: { label: t.password, type: 'password', complete: 'current-password' },
  code: { label: t.code, type: 'text', complete: 'one-time-code' },
  linkPassword: { label: t.linkPassword, type: 'password', complete: 'off' },
}

interface Props<F extends Field> {
  title: string
  children?: ReactNode
  fields: readonly F[]
  action: string
  /** Below the fields. */
  foot?: ReactNode
  submit: (values: Record<F, string>) => Promise<unknown>
}

export function AccountForm<F extends Field>({ title, children, fields, action, foot, submit }: Props<F>) {
  useTitle(title)
  const [failure, setFailure] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const onSubmit = async (form: FormData) => {
    setBusy(true)
    setFailure(null)
    const values = Object.fromEntries(fields.map((field) => [field, String(form.get(field) ?? '')])) as Record<F, string>
    try {
      await submit(values)
    } catch (error) {
      setFailure(error instanceof Problem ? error.message : t.cantReachTheServerTry)
    } finally {
      setBusy(false)
    }
  }
  return (
    <main className="welcome">
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void onSubmit(new FormData(event.currentTarget))
        }}
      >
        <h1>{title}</h1>
        {children}
        {fields.map((field: Field) => isNewPassword(field) ? <NewPasswordField key={field} name={field} label={NEW_PASSWORDS[field]} /> : (
          <label key={field} className="field">
            {LABELS[field].label}
            <input name={field} type={LABELS[field].type} autoComplete={LABELS[field].complete} required />
          </label>
        ))}
        {foot}
        {failure && <div role="alert" className="notice">{failure}</div>}
        <button type="submit" className="button primary" disabled={busy}>{action}</button>
      </form>
    </main>
  )
}
