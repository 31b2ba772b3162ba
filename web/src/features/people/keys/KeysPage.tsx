// API keys, with which programs act on behalf of the account.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { dateTime, fromField } from '../../../dates'
import { PageHeader } from '../../../elements/PageHeader'
import { ShownOnce } from '../../../elements/ShownOnce'
import { type Scope, api } from '../api'
import { t } from '../messages'

const SCOPES: Record<Scope, string> = {
  'documents:read': t.readDocuments,
  'documents:write': t.writeDocuments,
  'sharing:read': t.seeWhoHasAccess,
  'sharing:write': t.shareDocuments,
  'people:read': t.seeMembersAndGroups,
  'people:write': t.changeMembersAndGroups,
  'audit:read': t.readTheAuditLog,
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
      <PageHeader title={t.apiKeys} />
      <p className="hint">{t.keysHint({ reference: <a href="/docs">{t.theApiReference}</a> })}</p>
      {failure && <div role="alert" className="notice">{failure.message}</div>}
      {create.data && <ShownOnce className="card" label={t.copyYourKeyNowYou} secret={create.data.key} />}
      {keys.data?.length === 0 && <div className="empty">{t.noKeysYet}</div>}
      {(keys.data?.length ?? 0) > 0 && (
        <section className="card">
          <ul className="shares" aria-label={t.apiKeys}>
            {keys.data?.map((key) => (
              <li key={key.key_id}>
                <span className="who">
                  {key.name}
                  <small>
                    {key.scopes.map((scope) => SCOPES[scope as Scope] ?? scope).join(', ')} · {key.last_used_at ? t.usedDate({ date: dateTime(key.last_used_at) }) : t.neverUsed}
                    {key.expires_at && ` · ${t.expiresDate({ date: dateTime(key.expires_at) })}`}
                  </small>
                </span>
                <button type="button" className="button" onClick={() => remove.mutate(key.key_id)} aria-label={t.revokeName({ name: key.name })}>{t.revoke}</button>
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
        <h2>{t.newKey}</h2>
        <div className="row">
          <label className="field grow">{t.whatItsFor}<input name="name" required maxLength={100} /></label>
          <label className="field">{t.expiresOptional}<input name="until" type="date" /></label>
        </div>
        <fieldset className="checks">
          <legend className="field">{t.permissions}</legend>
          {Object.entries(SCOPES).map(([scope, label]) => (
            <label key={scope}><input type="checkbox" name="scope" value={scope} defaultChecked={scope === 'documents:read'} />{label}</label>
          ))}
        </fieldset>
        <div className="row"><button type="submit" className="button primary">{t.createKey}</button></div>
      </form>
    </main>
  )
}
