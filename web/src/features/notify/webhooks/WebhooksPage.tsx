// The webhooks of the workspace and their deliveries. For admins.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { PageHeader } from '../../../elements/PageHeader'
import { ShownOnce } from '../../../elements/ShownOnce'
import { type Webhook, api } from '../api'
import { t } from '../messages'
import { useWebhooks, webhooksKey } from '../queries'
import { WebhookItem } from './WebhookItem'

/** The families of events, named as in the reference. */
const NOUNS: Record<string, string> = {
  document: t.documents,
  comment: t.comments,
  thread: t.threads,
  suggestion: t.suggestions,
  revision: t.versions,
  approval: t.approvals,
  share: t.sharing,
  link: t.links,
  member: t.members,
  group: t.groups,
  space: t.spaces,
}

export function WebhooksPage() {
  const queries = useQueryClient()
  const again = () => queries.invalidateQueries({ queryKey: webhooksKey })
  const webhooks = useWebhooks()
  const [open, setOpen] = useState<string>()
  const make = useMutation({ mutationFn: api.newWebhook, onSuccess: again })
  const renew = useMutation({ mutationFn: api.renewWebhookSecret })
  const change = useMutation({ mutationFn: ({ webhook, paused }: { webhook: Webhook; paused: boolean }) => api.changeWebhook(webhook.webhook_id, { url: webhook.url, events: webhook.events, paused }), onSuccess: again })
  const remove = useMutation({ mutationFn: api.removeWebhook, onSuccess: again })
  const failure = webhooks.error ?? make.error ?? change.error ?? renew.error ?? remove.error
  const secret = renew.data ?? make.data
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const target = event.currentTarget
    const form = new FormData(target)
    renew.reset()
    make.mutate({ url: String(form.get('url')), events: form.getAll('event').map(String), paused: false }, { onSuccess: () => target.reset() })
  }
  return (
    <main className="list">
      <PageHeader title={t.webhooks} />
      {failure && <div role="alert" className="notice">{failure.message}</div>}
      {secret && <ShownOnce className="card" label={t.copyTheSigningSecretNow} secret={secret.secret} />}
      {webhooks.data?.length === 0 && <div className="empty">{t.noWebhooksYetWebhooks}</div>}
      {(webhooks.data?.length ?? 0) > 0 && (
        <ul aria-label={t.webhooks}>
          {webhooks.data?.map((webhook) => (
            <WebhookItem key={webhook.webhook_id} webhook={webhook} isOpen={open === webhook.webhook_id} onOpen={() => setOpen(open === webhook.webhook_id ? undefined : webhook.webhook_id)} onPause={() => change.mutate({ webhook, paused: !webhook.paused_at })} onRenew={() => renew.mutate(webhook.webhook_id)} onRemove={() => remove.mutate(webhook.webhook_id)} />
          ))}
        </ul>
      )}
      <form className="card stack" onSubmit={submit}>
        <h2>{t.newWebhook}</h2>
        <label className="field">{t.url}<input name="url" type="url" required placeholder="https://example.org/consilium" maxLength={2000} /></label>
        <fieldset className="checks">
          <legend className="field">{t.eventsAllIfNoneSelected}</legend>
          {Object.entries(NOUNS).map(([noun, label]) => <label key={noun}><input type="checkbox" name="event" value={noun} />{label}</label>)}
        </fieldset>
        <div className="row"><button type="submit" className="button primary" disabled={make.isPending}>{t.createWebhook}</button></div>
      </form>
    </main>
  )
}
