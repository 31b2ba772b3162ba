// Links to one document: creation, usage counts, removal.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { expiry, fromField } from '../../../dates'
import { ExpiryField } from '../../../elements/ExpiryField'
import { NewPasswordField } from '../../../elements/NewPasswordField'
import { ShownOnce } from '../../../elements/ShownOnce'
import type { Right } from '../../../rights'
import { type DocumentView, api } from '../api'
import { t } from '../messages'
import { sharingKey } from '../queries'
import { LINK_LEVELS } from '../sharing/levels'

const ANYONE: Record<string, string> = { view: t.anyoneWithTheLinkCanView, comment: t.anyoneWithTheLinkCanComment, edit: t.anyoneWithTheLinkCanEdit }

export function Links({ document }: { document: DocumentView }) {
  const queries = useQueryClient()
  const key = [...sharingKey(document.id), 'links']
  const again = () => queries.invalidateQueries({ queryKey: key })
  const links = useQuery({ queryKey: key, queryFn: () => api.links(document.id) })
  const make = useMutation({
    mutationFn: (wish: { level: Right; password: string; until: string | null }) =>
      api.newLink(document.id, { level: wish.level, password: wish.password || null, expires_at: wish.until }),
    onSuccess: again,
  })
  const end = useMutation({ mutationFn: (link: string) => api.removeLink(document.id, link), onSuccess: again })
  const failure = links.error ?? make.error ?? end.error
  return (
    <details>
      <summary>{t.shareLinksCount({ count: links.data?.length ?? 0 })}</summary>
      <div className="stack">
        <ul className="shares" aria-label={t.shareLinks}>
          {links.data?.map((link) => (
            <li key={link.link_id}>
              <span className="who">
                {ANYONE[link.level] ?? t.anyoneWithTheLinkCanView}
                <small>
                  {t.usedTimes({ count: link.views })}
                  {link.has_password && ` · ${t.password}`}
                  {link.expires_at && ` · ${t.expiresDate({ date: expiry(link.expires_at) })}`}
                </small>
              </span>
              <button type="button" className="button quiet" onClick={() => end.mutate(link.link_id)}>{t.turnOff}</button>
            </li>
          ))}
        </ul>
        <p className="hint">{t.aLinkToViewShowsTheTextAlone}</p>
        {make.data && <ShownOnce label={t.copyThisLinkNowYou} secret={make.data.url} />}
        <form
          className="row"
          onSubmit={(event) => {
            event.preventDefault()
            const form = new FormData(event.currentTarget)
            make.mutate({ level: form.get('level') as Right, password: String(form.get('password')), until: fromField(form.get('until')) })
          }}
        >
          <label className="field">
            {t.anyoneWithTheLink}
            <select name="level">{LINK_LEVELS.map(({ value, label }) => <option key={value} value={value}>{label}</option>)}</select>
          </label>
          <NewPasswordField name="password" label={t.passwordOptional} isHandedOn />
          <ExpiryField />
          <button type="submit" className="button">{t.createLink}</button>
        </form>
        {failure && <div role="alert" className="notice">{failure.message}</div>}
      </div>
    </details>
  )
}
