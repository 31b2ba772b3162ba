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
    <section className="stack log" aria-label="Deliveries">
      <div className="row">
        <button type="button" className="button" onClick={() => ping.mutate()}>Send a test event</button>
        <button type="button" className="button" onClick={() => replayFailed.mutate()}>Resend failed deliveries</button>
        <label className="check"><input type="checkbox" checked={failed} onChange={(event) => setFailed(event.target.checked)} />Failed deliveries only</label>
      </div>
      {failure && <div role="alert" className="notice">{failure.message}</div>}
      <div className="scroll">
        <table className="audit">
          <thead><tr><th>Time</th><th>Event</th><th>Result</th><th>Attempts</th><th><span className="visually-hidden">Actions</span></th></tr></thead>
          <tbody>
            {log.data?.map((one) => (
              <tr key={one.delivery_id}>
                <td>{dateTime(one.created_at)}</td>
                <td>{one.event}<details><summary>Content</summary><code>{one.body}</code></details></td>
                <td>{stateOf(one)}</td>
                <td>{one.attempts}</td>
                <td><button type="button" className="button" onClick={() => replay.mutate(one.delivery_id)} aria-label={`Resend ${one.event}`}>Resend</button></td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {log.data?.length === 0 && <div className="empty">No deliveries yet.</div>}
    </section>
  )
}

function stateOf({ sent_at, failed_at, last_error, run_at }: Delivery) {
  if (sent_at) return `Delivered ${dateTime(sent_at)}`
  if (failed_at) return `Failed: ${last_error ?? ''}`
  return last_error ? `${last_error}; next attempt ${dateTime(run_at)}` : 'Waiting'
}
