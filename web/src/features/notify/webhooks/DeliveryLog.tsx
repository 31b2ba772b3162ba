import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { dateTime } from '../../../dates'
import { useLive } from '../../../sync/refetch'
import { type Delivery, api } from '../api'
import { webhooksKey } from '../queries'

/** The deliveries of one webhook, and the outcome of each attempt. */
export function DeliveryLog({ webhook }: { webhook: string }) {
  const queries = useQueryClient()
  const key = [...webhooksKey, webhook]
  useLive(`webhook/${webhook}`, key)
  const [failed, setFailed] = useState(false)
  const log = useQuery({ queryKey: [...key, failed], queryFn: () => api.deliveries(webhook, failed) })
  const again = () => queries.invalidateQueries({ queryKey: key })
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
                <td>{dateTime(one.created_at)}</td>
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
  if (sent_at) return `taken ${dateTime(sent_at)}`
  if (failed_at) return `given up: ${last_error ?? ''}`
  return last_error ? `${last_error}; again ${dateTime(run_at)}` : 'waits'
}
