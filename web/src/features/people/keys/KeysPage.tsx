// API keys, with which programs act on behalf of the account.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { dateTime, fromField } from '../../../dates'
import { ShownOnce } from '../../../elements/ShownOnce'
import { type Scope, api } from '../api'

const SCOPES: Record<Scope, string> = {
  'documents:read': 'read documents',
  'documents:write': 'write documents',
  'sharing:read': 'see who has access',
  'sharing:write': 'share documents',
  'people:read': 'see members and groups',
  'people:write': 'change members and groups',
  'audit:read': 'read the audit',
}

export function Keys() {
  const queries = useQueryClient()
  const again = () => queries.invalidateQueries({ queryKey: ['keys'] })
  const keys = useQuery({ queryKey: ['keys'], queryFn: api.keys })
  const create = useMutation({ mutationFn: api.newKey, onSuccess: again })
  const remove = useMutation({ mutationFn: api.removeKey, onSuccess: again })
  const failure = keys.error ?? create.error ?? remove.error
  return (
    <section className="card stack" aria-labelledby="keys">
      <h2 id="keys">API keys</h2>
      <ul className="shares" aria-label="API keys">
        {keys.data?.map((key) => (
          <li key={key.key_id}>
            <span className="who">
              {key.name}
              <small>
                {key.scopes.join(', ')}; {key.last_used_at ? `used ${dateTime(key.last_used_at)}` : 'never used'}
                {key.expires_at && `; until ${dateTime(key.expires_at)}`}
              </small>
            </span>
            <button type="button" className="button" onClick={() => remove.mutate(key.key_id)} aria-label={`End ${key.name}`}>End</button>
          </li>
        ))}
      </ul>
      {create.data && <ShownOnce label="Your new key; it is shown this once" secret={create.data.key} />}
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          const form = new FormData(event.currentTarget)
          create.mutate({ name: String(form.get('name')), scopes: form.getAll('scope') as Scope[], expires_at: fromField(form.get('until')) })
        }}
      >
        <div className="row">
          <label className="field grow">Name<input name="name" required maxLength={100} placeholder="What uses it" /></label>
          <label className="field">Until (optional)<input name="until" type="date" /></label>
        </div>
        <fieldset className="checks">
          <legend className="field">It may</legend>
          {Object.entries(SCOPES).map(([scope, label]) => (
            <label key={scope}><input type="checkbox" name="scope" value={scope} defaultChecked={scope === 'documents:read'} />{label}</label>
          ))}
        </fieldset>
        <div className="row"><button type="submit" className="button primary">Make a key</button></div>
      </form>
      {failure && <div role="alert" className="notice">{failure.message}</div>}
    </section>
  )
}
