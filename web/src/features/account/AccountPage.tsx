// One's own account: how others see one, how one proves who one is, and where one is signed in.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type Me, api } from '../../api'
import { Devices } from './Devices'
import { Keys } from './Keys'
import { Mails } from './Mails'
import { PersonalData } from './PersonalData'
import { SecondStep } from './SecondStep'

/** As the server knows them: readable under white, visible on both grounds. */
const COLORS = ['#b4472d', '#96590b', '#6b6a12', '#2f7030', '#0f7263', '#0d6a8c', '#3566bd', '#6257c8', '#9244b6', '#ad3480', '#b13a56', '#5e6470']

export function AccountPage({ me }: { me: Me }) {
  return (
    <main className="list">
      <header><h1>Your account</h1></header>
      <Profile me={me} />
      <Password />
      <Mails me={me} />
      <SecondStep me={me} />
      <Devices />
      <Keys />
      <PersonalData me={me} />
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
      <Picture me={me} />
      {!me.email_verified && <Address me={me} />}
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          const form = new FormData(event.currentTarget)
          const text = (name: string) => String(form.get(name) ?? '')
          save.mutate({ name: text('name'), color: text('color'), department: text('department'), time_zone: text('time_zone'), locale: text('locale') })
        }}
      >
        <label className="field">
          Your name
          <input name="name" defaultValue={me.name} required maxLength={200} autoComplete="name" />
        </label>
        <div className="row">
          <label className="field grow">Department<input name="department" defaultValue={me.department} maxLength={100} autoComplete="organization-title" /></label>
          <label className="field">
            Time zone
            <input name="time_zone" defaultValue={me.time_zone} list="zones" placeholder="As the browser" />
            <datalist id="zones">{Intl.supportedValuesOf('timeZone').map((zone) => <option key={zone} value={zone} />)}</datalist>
          </label>
          <label className="field">Language and region<input name="locale" defaultValue={me.locale} placeholder="As the browser" /></label>
        </div>
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

/** A browser's camera makes megabytes: what is kept is small and square. */
const PICTURE_PIXELS = 256

async function small(file: File): Promise<Blob> {
  const picture = await createImageBitmap(file)
  const side = Math.min(picture.width, picture.height)
  const canvas = new OffscreenCanvas(PICTURE_PIXELS, PICTURE_PIXELS)
  canvas.getContext('2d')?.drawImage(picture, (picture.width - side) / 2, (picture.height - side) / 2, side, side, 0, 0, PICTURE_PIXELS, PICTURE_PIXELS)
  return canvas.convertToBlob({ type: 'image/png' })
}

function Picture({ me }: { me: Me }) {
  const queries = useQueryClient()
  const again = () => queries.invalidateQueries({ queryKey: ['me'] })
  const set = useMutation({ mutationFn: async (file: File) => api.setAvatar(await small(file)), onSuccess: again })
  const remove = useMutation({ mutationFn: api.removeAvatar, onSuccess: again })
  const failure = set.error ?? remove.error
  return (
    <div className="row">
      {me.has_avatar && <img className="portrait" width="64" height="64" alt="You, as others see you" src={`/api/v1/members/${me.account_id}/avatar?${set.submittedAt}`} />}
      <label className="field">
        Picture
        <input type="file" accept="image/png,image/jpeg,image/webp" onChange={(event) => event.target.files?.[0] && set.mutate(event.target.files[0])} />
      </label>
      {me.has_avatar && <button type="button" className="button" onClick={() => remove.mutate()}>Remove it</button>}
      {failure && <div role="alert" className="notice">{failure.message}</div>}
    </div>
  )
}

function Address({ me }: { me: Me }) {
  const setup = useQuery({ queryKey: ['setup'], queryFn: api.setupState })
  const send = useMutation({ mutationFn: api.sendVerification })
  // Without mails nobody can be asked.
  if (!setup.data?.mails) return null
  return (
    <div className="row">
      <p className="grow">{me.email} is not confirmed.</p>
      {send.isSuccess ? <output>A link is on its way.</output> : <button type="button" className="button" onClick={() => send.mutate()}>Send me a link</button>}
      {send.isError && <div role="alert" className="notice">{send.error.message}</div>}
    </div>
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
