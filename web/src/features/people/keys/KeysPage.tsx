// API keys, with which programs act on behalf of the account.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { dateTime, fromField } from '../../../dates'
import { PageHeader } from '../../../elements/PageHeader'
import { ShownOnce } from '../../../elements/ShownOnce'
import { type Scope, api } from '../api'

const SCOPES: Record<Scope, string> = {
  'documents:read': 'Read documents',
  'documents:write': 'Write documents',
  'sharing:read': 'See who has access',
  'sharing:write': 'Share documents',
  'people:read': 'See members and groups',
  'people:write': 'Change members and groups',
  'audit:read': 'Read the audit log',
}

export function KeysPage() {
  const queries = useQueryClient()
  const again = () => queries.invalidateQueries({ queryKey: ['keys'] })
  const keys = useQuery({ queryKey: ['keys'], queryFn: api.keys })
  const create = useMutation({ mutationFn: api.newKey, onSuccess: again })
  const remove = useMutation({ mutationFn: api.removeKey, onSuccess: again })
  const failure = keys.error ?? create.error ?? remove.error
  return (
    <main className="list">
      <PageHeader title="API keys" />
      <p className="hint">A key lets another app act in your name, within the permissions you give it. See <a href="/docs">the API reference</a>.</p>
      {failure && <div role="alert" className="notice">{failure.message}</div>}
      {create.data && <ShownOnce className="card" label="Copy your key now; you won't see it again" secret={create.data.key} />}
      {keys.data?.length === 0 && <div className="empty">No keys yet.</div>}
      {(keys.data?.length ?? 0) > 0 && (
        <section className="card">
          <ul className="shares" aria-label="API keys">
            {keys.data?.map((key) => (
              <li key={key.key_id}>
                <span className="who">
                  {key.name}
                  <small>
                    {key.scopes.map((scope) => SCOPES[scope as Scope] ?? scope).join(', ')} · {key.last_used_at ? `used ${dateTime(key.last_used_at)}` : 'never used'}
                    {key.expires_at && ` · expires ${dateTime(key.expires_at)}`}
                  </small>
                </span>
                <button type="button" className="button" onClick={() => remove.mutate(key.key_id)} aria-label={`Revoke ${key.name}`}>Revoke</button>
              </li>
            ))}
          </ul>
        </section>
      )}
      <form
        className="card stack"
        onSubmit={(event) => {
          event.preventDefault()
          const form = new FormData(event.currentTarget)
          create.mutate({ name: String(form.get('name')), scopes: form.getAll('scope') as Scope[], expires_at: fromField(form.get('until')) })
        }}
      >
        <h2>New key</h2>
        <div className="row">
          <label className="field grow">What it's for<input name="name" required maxLength={100} /></label>
          <label className="field">Expires (optional)<input name="until" type="date" /></label>
        </div>
        <fieldset className="checks">
          <legend className="field">Permissions</legend>
          {Object.entries(SCOPES).map(([scope, label]) => (
            <label key={scope}><input type="checkbox" name="scope" value={scope} defaultChecked={scope === 'documents:read'} />{label}</label>
          ))}
        </fieldset>
        <div className="row"><button type="submit" className="button primary">Create key</button></div>
      </form>
    </main>
  )
}
