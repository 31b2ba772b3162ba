import { useMutation, useQueryClient } from '@tanstack/react-query'
import { LANGUAGES, chooseLanguage, languageOf } from '../../../language/language'
import { type Me, api } from '../api'
import { t } from '../messages'
import { meKey } from '../queries'
import { Address } from './Address'
import { Picture } from './Picture'

/** The colours that the server accepts: white text is readable on each, and each is visible in both themes. */
const COLORS = ['#b4472d', '#96590b', '#6b6a12', '#2f7030', '#0f7263', '#0d6a8c', '#3566bd', '#6257c8', '#9244b6', '#ad3480', '#b13a56', '#5e6470']

/** The name, picture and colour that others see. */
export function Profile({ me }: { me: Me }) {
  const queries = useQueryClient()
  const save = useMutation({
    mutationFn: api.changeProfile,
    onSuccess: async (_, { locale }) => {
      await queries.invalidateQueries({ queryKey: meKey })
      chooseLanguage(locale && languageOf(locale) ? locale : '')
    },
  })
  return (
    <section className="card stack" aria-labelledby="profile">
      <h2 id="profile">{t.profile}</h2>
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
          {t.yourName}
          <input name="name" defaultValue={me.name} required maxLength={200} autoComplete="name" />
        </label>
        <div className="row">
          <label className="field grow">{t.department}<input name="department" defaultValue={me.department} maxLength={100} autoComplete="organization-title" /></label>
          <label className="field">
            {t.timeZone}
            <input name="time_zone" defaultValue={me.time_zone} list="zones" placeholder={t.browserDefault} />
            <datalist id="zones">{Intl.supportedValuesOf('timeZone').map((zone) => <option key={zone} value={zone} />)}</datalist>
          </label>
          <label className="field">
            {t.language}
            <select name="locale" defaultValue={me.locale}>
              <option value="">{t.browserDefault}</option>
              {Object.entries(LANGUAGES).map(([tag, name]) => <option key={tag} value={languageOf(me.locale) === tag ? me.locale : tag} lang={tag}>{name}</option>)}
              {me.locale && !languageOf(me.locale) && <option value={me.locale}>{me.locale}</option>}
            </select>
          </label>
        </div>
        <fieldset className="colors">
          <legend className="field">{t.cursorColor}</legend>
          {COLORS.map((color, index) => (
            <label key={color} style={{ '--person': color } as React.CSSProperties}>
              <input type="radio" name="color" value={color} defaultChecked={color === me.color} />
              <span className="visually-hidden">{t.colorNumber({ number: index + 1 })}</span>
            </label>
          ))}
        </fieldset>
        <div className="row">
          <button type="submit" className="button primary" disabled={save.isPending}>{t.save}</button>
          {save.isSuccess && <output>{t.profileSavedOpenDocuments}</output>}
        </div>
        {save.isError && <div role="alert" className="notice">{save.error.message}</div>}
      </form>
    </section>
  )
}
