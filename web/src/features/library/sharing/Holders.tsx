import { expiry } from '../../../dates'
import type { Holder, Reason } from '../api'
import { levelName } from './levels'

const until = (at: string | null | undefined) => (at ? `, expires ${expiry(at)}` : '')

const above = (page: string | null | undefined) => (page ? ' on a page above' : '')

const BECAUSE: { [K in Reason['because']]: (reason: Extract<Reason, { because: K }>) => string } = {
  admin: () => 'Workspace admin',
  creator: () => 'Creator',
  open: () => 'Workspace access',
  open_above: () => 'Workspace access to a page above',
  grant: (reason) => `Added directly${above(reason.page)}${until(reason.expires_at)}`,
  group: (reason) => `In the group ${reason.name}${above(reason.page)}${until(reason.expires_at)}`,
  link: (reason) => `Share link${above(reason.page)}`,
  space: (reason) => (reason.group ? `In the group ${reason.group}, which is in the space` : 'In the space'),
}
const because = (reason: Reason) => (BECAUSE[reason.because] as (reason: Reason) => string)(reason)

/** Everybody with access, and every reason for it. */
export function Holders({ holders }: { holders: Holder[] }) {
  return (
    <details>
      <summary>Everyone with access ({holders.length})</summary>
      <ul className="shares" aria-label="Everyone with access">
        {holders.map((holder) => (
          <li key={holder.account_id}>
            <span className="who">{holder.name}<small>{holder.reasons.map(because).join('; ')}</small></span>
            <span>{levelName(holder.right)}</span>
          </li>
        ))}
      </ul>
    </details>
  )
}
