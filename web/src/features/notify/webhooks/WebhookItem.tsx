import { dateTime } from '../../../dates'
import type { Webhook } from '../api'
import { DeliveryLog } from './DeliveryLog'

interface Props {
  webhook: Webhook
  /** Whether its log is shown. */
  isOpen: boolean
  onOpen: () => void
  onPause: () => void
  onRenew: () => void
  onRemove: () => void
}

/** One webhook: its events, its state, and its log. */
export function WebhookItem({ webhook, isOpen, onOpen, onPause, onRenew, onRemove }: Props) {
  return (
    <li className="hook">
      <span className="who">
        <strong>{webhook.url}</strong>
        <small>{webhook.events.length ? webhook.events.join(', ') : 'All events'} · created {dateTime(webhook.created_at)}</small>
        {webhook.paused_at && <small className="status">Paused since {dateTime(webhook.paused_at)}. Nothing is sent to it.</small>}
        {!webhook.paused_at && webhook.failing_since && <small className="status" role="status">Failing since {dateTime(webhook.failing_since)}; nothing is lost. Next attempt: {webhook.retry_at ? dateTime(webhook.retry_at) : 'soon'}</small>}
      </span>
      <span className="row">
        <button type="button" className="button" aria-expanded={isOpen} onClick={onOpen} aria-label={`Deliveries to ${webhook.url}`}>Deliveries</button>
        <button type="button" className="button" onClick={onPause} aria-label={`${webhook.paused_at ? 'Resume' : 'Pause'} ${webhook.url}`}>{webhook.paused_at ? 'Resume' : 'Pause'}</button>
        <button type="button" className="button" onClick={onRenew} aria-label={`New secret for ${webhook.url}`}>New secret</button>
        <button type="button" className="button" onClick={onRemove} aria-label={`Remove ${webhook.url}`}>Remove</button>
      </span>
      {isOpen && <DeliveryLog webhook={webhook.webhook_id} />}
    </li>
  )
}
