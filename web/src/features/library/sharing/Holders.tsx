import { expiry } from '../../../dates'
import type { Holder, Reason } from '../api'
import { levelName } from './levels'

const until = (at: string | null | undefined) => (at ? `, until ${expiry(at)}` : '')

const above = (page: string | null | undefined) => (page ? ' on a page above' : '')

const BECAUSE: { [K in Reason['because']]: (reason: Extract<Reason, { because: K }>) => string } = {
  admin: () => 'admin of the workspace',
  creator: () => 'made it',
  open: () => 'open to the workspace',
  open_above: () => 'a page above is open to the workspace',
  grant: (reason) => `given by name${above(reason.page)}${until(reason.expires_at)}`,
  group: (reason) => `in the group ${reason.name}${above(reason.page)}${until(reason.expires_at)}`,
  link: (reason) => `came by a link${above(reason.page)}`,
  space: (reason) => (reason.group ? `in the group ${reason.group}, which is in the space` : 'in the space'),
}
const because = (reason: Reason) => (BECAUSE[reason.because] as (reason: Reason) => string)(reason)

/** Everybody with access, and every reason for it. */
export function Holders({ holders }: { holders: Holder[] }) {
  return (
    <details>
      <summary>Who has access, and why: {holders.length === 1 ? '1 person' : `${holders.length} people`}</summary>
      <ul className="shares" aria-label="Who has access">
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
