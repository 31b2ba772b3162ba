// Keys that apps call with in one's name.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type Scope, api } from '../../api'

const SCOPES: Record<Scope, string> = {
  'documents:read': 'read documents',
  'documents:write': 'write documents',
  'sharing:read': 'see who has access',
  'sharing:write': 'share documents',
  'people:read': 'see members and groups',
  'people:write': 'change members and groups',
  'audit:read': 'read the audit',
}
const when = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })

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
                {key.scopes.join(', ')}; {key.last_used_at ? `used ${when.format(new Date(key.last_used_at))}` : 'never used'}
                {key.expires_at && `; until ${when.format(new Date(key.expires_at))}`}
              </small>
            </span>
            <button type="button" className="button" onClick={() => remove.mutate(key.key_id)} aria-label={`End ${key.name}`}>End</button>
          </li>
        ))}
      </ul>
      {create.data && (
        <label className="field">
          Your new key; it is shown this once
          <input readOnly value={create.data.key} onFocus={(event) => event.currentTarget.select()} />
        </label>
      )}
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          const form = new FormData(event.currentTarget)
          const until = String(form.get('until'))
          create.mutate({ name: String(form.get('name')), scopes: form.getAll('scope') as Scope[], expires_at: until ? new Date(until).toISOString() : null })
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
