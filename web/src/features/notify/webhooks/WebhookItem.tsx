import { dateTime } from '../../../dates'
import type { Webhook } from '../api'
import { t } from '../messages'
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
        <small>{webhook.events.length ? webhook.events.join(', ') : t.allEvents} · {t.createdDate({ date: dateTime(webhook.created_at) })}</small>
        {webhook.paused_at && <small className="status">{t.pausedSinceNothingIsSent({ date: dateTime(webhook.paused_at) })}</small>}
        {!webhook.paused_at && webhook.failing_since && <small className="status" role="status">{t.failingSince({ date: dateTime(webhook.failing_since), next: webhook.retry_at ? dateTime(webhook.retry_at) : t.soon })}</small>}
      </span>
      <span className="row">
        <button type="button" className="button" aria-expanded={isOpen} onClick={onOpen} aria-label={t.deliveriesToUrl({ url: webhook.url })}>{t.deliveries}</button>
        <button type="button" className="button" onClick={onPause} aria-label={(webhook.paused_at ? t.resumeUrl : t.pauseUrl)({ url: webhook.url })}>{webhook.paused_at ? t.resume : t.pause}</button>
        <button type="button" className="button" onClick={onRenew} aria-label={t.newSecretFor({ url: webhook.url })}>{t.newSecret}</button>
        <button type="button" className="button" onClick={onRemove} aria-label={t.removeUrl({ url: webhook.url })}>{t.remove}</button>
      </span>
      {isOpen && <DeliveryLog webhook={webhook.webhook_id} />}
    </li>
  )
}
