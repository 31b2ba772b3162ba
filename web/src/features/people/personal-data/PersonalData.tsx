// Download and erasure of everything that the server stores about a person.
import { useMutation } from '@tanstack/react-query'
import { forgetDevice } from '../../../sync/local'
import { type Me, api } from '../api'
import { t } from '../messages'

export function PersonalData({ me }: { me: Me }) {
  const erase = useMutation({
    mutationFn: api.eraseMe,
    onSuccess: async () => {
      await forgetDevice(me.account_id)
      location.assign('/')
    },
  })
  return (
    <section className="card stack" aria-labelledby="data">
      <h2 id="data">{t.yourData}</h2>
      <div className="row">
        <p className="grow">{t.downloadYourPersonalData}</p>
        <a className="button" href="/api/v1/me/data" download>{t.download}</a>
      </div>
      {!me.is_owner && (
        <form
          className="row"
          onSubmit={(event) => {
            event.preventDefault()
            erase.mutate(String(new FormData(event.currentTarget).get('password')))
          }}
        >
          <p className="grow">{t.deleteYourAccountYourText}</p>
          <label className="field">{t.password}<input name="password" type="password" required autoComplete="current-password" /></label>
          <button type="submit" className="button danger">{t.deleteAccount}</button>
        </form>
      )}
      {erase.isError && <div role="alert" className="notice">{erase.error.message}</div>}
    </section>
  )
}
