import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { dateTime } from '../../../dates'
import { useLive } from '../../../sync/refetch'
import { type Delivery, api } from '../api'
import { t } from '../messages'
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
    <section className="stack log" aria-label={t.deliveries}>
      <div className="row">
        <button type="button" className="button" onClick={() => ping.mutate()}>{t.sendATestEvent}</button>
        <button type="button" className="button" onClick={() => replayFailed.mutate()}>{t.resendFailedDeliveries}</button>
        <label className="check"><input type="checkbox" checked={failed} onChange={(event) => setFailed(event.target.checked)} />{t.failedDeliveriesOnly}</label>
      </div>
      {failure && <div role="alert" className="notice">{failure.message}</div>}
      <div className="scroll">
        <table className="audit">
          <thead><tr><th>{t.time}</th><th>{t.event}</th><th>{t.result}</th><th>{t.attempts}</th><th><span className="visually-hidden">{t.actions}</span></th></tr></thead>
          <tbody>
            {log.data?.map((one) => (
              <tr key={one.delivery_id}>
                <td>{dateTime(one.created_at)}</td>
                <td>{one.event}<details><summary>{t.content}</summary><code>{one.body}</code></details></td>
                <td>{stateOf(one)}</td>
                <td>{one.attempts}</td>
                <td><button type="button" className="button" onClick={() => replay.mutate(one.delivery_id)} aria-label={t.resendEvent({ event: one.event })}>{t.resend}</button></td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {log.data?.length === 0 && <div className="empty">{t.noDeliveriesYet}</div>}
    </section>
  )
}

function stateOf({ sent_at, failed_at, last_error, run_at }: Delivery) {
  if (sent_at) return t.deliveredDate({ date: dateTime(sent_at) })
  if (failed_at) return t.failedReason({ reason: last_error ?? '' })
  return last_error ? t.nextAttemptReason({ reason: last_error, date: dateTime(run_at) }) : t.waiting
}
