// One's own account: how others see one, the password, and where one is signed in.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type Me, api } from '../../api'
import { Devices } from './Devices'

/** As the server knows them: readable under white, visible on both grounds. */
const COLORS = ['#b4472d', '#96590b', '#6b6a12', '#2f7030', '#0f7263', '#0d6a8c', '#3566bd', '#6257c8', '#9244b6', '#ad3480', '#b13a56', '#5e6470']

export function AccountPage({ me }: { me: Me }) {
  return (
    <main className="list">
      <header><h1>Your account</h1></header>
      <Profile me={me} />
      <Password />
      <Devices />
    </main>
  )
}

function Profile({ me }: { me: Me }) {
  const queries = useQueryClient()
  const save = useMutation({
    mutationFn: api.changeProfile,
    onSuccess: () => queries.invalidateQueries({ queryKey: ['me'] }),
  })
  return (
    <section className="card stack" aria-labelledby="profile">
      <h2 id="profile">How others see you</h2>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          const form = new FormData(event.currentTarget)
          save.mutate({ name: String(form.get('name')), color: String(form.get('color')) })
        }}
      >
        <label className="field">
          Your name
          <input name="name" defaultValue={me.name} required maxLength={200} autoComplete="name" />
        </label>
        <fieldset className="colors">
          <legend className="field">Colour of your caret</legend>
          {COLORS.map((color, index) => (
            <label key={color} style={{ '--person': color } as React.CSSProperties}>
              <input type="radio" name="color" value={color} defaultChecked={color === me.color} />
              <span className="visually-hidden">Colour {index + 1}</span>
            </label>
          ))}
        </fieldset>
        <div className="row">
          <button type="submit" className="button primary" disabled={save.isPending}>Save</button>
          {save.isSuccess && <output>Saved. Open documents show it from your next visit on.</output>}
        </div>
        {save.isError && <div role="alert" className="notice">{save.error.message}</div>}
      </form>
    </section>
  )
}

function Password() {
  const queries = useQueryClient()
  const change = useMutation({
    mutationFn: api.changePassword,
    onSuccess: () => queries.invalidateQueries({ queryKey: ['devices'] }),
  })
  return (
    <section className="card stack" aria-labelledby="password">
      <h2 id="password">Password</h2>
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
          The one you have
          <input name="old" type="password" required autoComplete="current-password" />
        </label>
        <label className="field">
          A new one, of at least 8 characters
          <input name="new" type="password" required minLength={8} maxLength={1024} autoComplete="new-password" />
        </label>
        <div className="row">
          <button type="submit" className="button primary" disabled={change.isPending}>Change it</button>
          {change.isSuccess && <output>Changed. Every other device was signed out.</output>}
        </div>
        {change.isError && <div role="alert" className="notice">{change.error.message}</div>}
      </form>
    </section>
  )
}
