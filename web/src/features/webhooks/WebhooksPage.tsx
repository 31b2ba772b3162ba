// Where other programs hear of what is done, and what each of them heard. For admins.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { type Delivery, type Webhook, api } from '../../api'

/** What they may hear of: nouns of the reference. */
const NOUNS: Record<string, string> = {
  document: 'documents',
  comment: 'comments',
  thread: 'threads',
  suggestion: 'suggestions',
  revision: 'versions',
  approval: 'approvals',
  share: 'sharing',
  link: 'links',
  member: 'members',
  group: 'groups',
}
const when = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })
const at = (time: string) => when.format(new Date(time))

export function WebhooksPage() {
  const queries = useQueryClient()
  const again = () => queries.invalidateQueries({ queryKey: ['webhooks'] })
  const webhooks = useQuery({ queryKey: ['webhooks'], queryFn: api.webhooks, refetchInterval: 5_000 })
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
    <main className="list wide">
      <header><h1>Webhooks</h1></header>
      {failure && <div role="alert" className="notice">{failure.message}</div>}
      {secret && (
        <label className="field card">
          The secret that signs what is sent (Standard Webhooks); it is shown this once
          <input readOnly value={secret.secret} onFocus={(event) => event.currentTarget.select()} />
        </label>
      )}
      {webhooks.data?.length === 0 && <div className="empty">No webhook yet. One tells another program what is done here: each comment, version and approval, signed and in order.</div>}
      {(webhooks.data?.length ?? 0) > 0 && (
        <ul aria-label="Webhooks">
          {webhooks.data?.map((webhook) => (
            <li key={webhook.webhook_id} className="hook">
              <span className="who">
                <strong>{webhook.url}</strong>
                <small>{webhook.events.length ? webhook.events.join(', ') : 'everything'} · since {at(webhook.created_at)}</small>
                {webhook.paused_at && <small className="status">Paused since {at(webhook.paused_at)}: it hears nothing</small>}
                {!webhook.paused_at && webhook.failing_since && <small className="status" role="status">Failing since {at(webhook.failing_since)}; nothing is lost: next try {webhook.retry_at ? at(webhook.retry_at) : 'soon'}</small>}
              </span>
              <span className="row">
                <button type="button" className="button" aria-expanded={open === webhook.webhook_id} onClick={() => setOpen(open === webhook.webhook_id ? undefined : webhook.webhook_id)} aria-label={`What ${webhook.url} heard`}>Log</button>
                <button type="button" className="button" onClick={() => change.mutate({ webhook, paused: !webhook.paused_at })} aria-label={`${webhook.paused_at ? 'Resume' : 'Pause'} ${webhook.url}`}>{webhook.paused_at ? 'Resume' : 'Pause'}</button>
                <button type="button" className="button" onClick={() => renew.mutate(webhook.webhook_id)} aria-label={`New secret for ${webhook.url}`}>New secret</button>
                <button type="button" className="button" onClick={() => remove.mutate(webhook.webhook_id)} aria-label={`Remove ${webhook.url}`}>Remove</button>
              </span>
              {open === webhook.webhook_id && <Log webhook={webhook.webhook_id} />}
            </li>
          ))}
        </ul>
      )}
      <form className="card stack" onSubmit={submit}>
        <h2>A new webhook</h2>
        <label className="field">URL<input name="url" type="url" required placeholder="https://example.org/consilium" maxLength={2000} /></label>
        <fieldset className="checks">
          <legend className="field">It hears of (none: everything)</legend>
          {Object.entries(NOUNS).map(([noun, label]) => <label key={noun}><input type="checkbox" name="event" value={noun} />{label}</label>)}
        </fieldset>
        <div className="row"><button type="submit" className="button primary" disabled={make.isPending}>Make it</button></div>
      </form>
    </main>
  )
}

function Log({ webhook }: { webhook: string }) {
  const queries = useQueryClient()
  const [failed, setFailed] = useState(false)
  const log = useQuery({ queryKey: ['webhooks', webhook, failed], queryFn: () => api.deliveries(webhook, failed), refetchInterval: 3_000 })
  const again = () => queries.invalidateQueries({ queryKey: ['webhooks', webhook] })
  const ping = useMutation({ mutationFn: () => api.pingWebhook(webhook), onSuccess: again })
  const replay = useMutation({ mutationFn: (delivery: string) => api.replay(webhook, delivery), onSuccess: again })
  const replayFailed = useMutation({ mutationFn: () => api.replayFailed(webhook), onSuccess: again })
  const failure = log.error ?? ping.error ?? replay.error ?? replayFailed.error
  return (
    <section className="stack log" aria-label="What it heard">
      <div className="row">
        <button type="button" className="button" onClick={() => ping.mutate()}>Send a ping</button>
        <button type="button" className="button" onClick={() => replayFailed.mutate()}>Send again what was given up</button>
        <label className="check"><input type="checkbox" checked={failed} onChange={(event) => setFailed(event.target.checked)} />Only what was given up</label>
      </div>
      {failure && <div role="alert" className="notice">{failure.message}</div>}
      <div className="scroll">
        <table className="audit">
          <thead><tr><th>When</th><th>Event</th><th>How it went</th><th>Tries</th><th><span className="visually-hidden">Again</span></th></tr></thead>
          <tbody>
            {log.data?.map((one) => (
              <tr key={one.delivery_id}>
                <td>{at(one.created_at)}</td>
                <td>{one.event}<details><summary>what is sent</summary><code>{one.body}</code></details></td>
                <td>{stateOf(one)}</td>
                <td>{one.attempts}</td>
                <td><button type="button" className="button" onClick={() => replay.mutate(one.delivery_id)} aria-label={`Send ${one.event} again`}>Again</button></td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {log.data?.length === 0 && <div className="empty">Nothing yet.</div>}
    </section>
  )
}

function stateOf({ sent_at, failed_at, last_error, run_at }: Delivery) {
  if (sent_at) return `taken ${at(sent_at)}`
  if (failed_at) return `given up: ${last_error ?? ''}`
  return last_error ? `${last_error}; again ${at(run_at)}` : 'waits'
}
