import { useMutation, useQueryClient } from '@tanstack/react-query'
import { NewPasswordField } from '../../../elements/NewPasswordField'
import { api } from '../api'
import { t } from '../messages'

/** Changes the password, which ends all other sessions. */
export function Password() {
  const queries = useQueryClient()
  const change = useMutation({
    mutationFn: api.changePassword,
    onSuccess: () => queries.invalidateQueries({ queryKey: ['devices'] }),
  })
  return (
    <section className="card stack" aria-labelledby="password">
      <h2 id="password">{t.password}</h2>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          const form = event.currentTarget
          const values = new FormData(form)
          change.mutate({ old: String(values.get('old')), new: String(values.get('new')) }, { onSuccess: () => form.reset() })
        }}
      >
        <label className="field">
          {t.currentPassword}
          <input name="old" type="password" required autoComplete="current-password" />
        </label>
        <NewPasswordField name="new" label={t.newPassword} />
        <div className="row">
          <button type="submit" className="button primary" disabled={change.isPending}>{t.changePassword}</button>
          {change.isSuccess && <output>{t.passwordChangedYourOther}</output>}
        </div>
        {change.isError && <div role="alert" className="notice">{change.error.message}</div>}
      </form>
    </section>
  )
}
