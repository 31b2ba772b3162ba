import { expiry } from '../../../dates'
import { mayApprove } from '../../../rights'
import type { Holder, Reason } from '../api'
import { t } from '../messages'
import { levelName } from './levels'

const until = (at: string | null | undefined) => (at ? `, ${t.expiresDate({ date: expiry(at) })}` : '')

const BECAUSE: { [K in Reason['because']]: (reason: Extract<Reason, { because: K }>) => string } = {
  admin: () => t.workspaceAdmin,
  creator: () => t.creator,
  open: () => t.workspaceAccess,
  open_above: () => t.workspaceAccessToAPage,
  grant: (reason) => `${reason.page ? t.addedToAPageAbove : t.addedDirectly}${until(reason.expires_at)}`,
  group: (reason) => `${reason.page ? t.inTheGroupOnAPageAbove({ group: reason.name }) : t.inTheGroup({ group: reason.name })}${until(reason.expires_at)}`,
  link: (reason) => (reason.page ? t.shareLinkOfAPageAbove : t.shareLink),
  space: (reason) => (reason.group ? t.inTheGroupWhichIs({ group: reason.group }) : t.inTheSpace),
}
const because = (reason: Reason) => (BECAUSE[reason.because] as (reason: Reason) => string)(reason)

/** Everybody with access, and every reason for it. */
export function Holders({ holders }: { holders: Holder[] }) {
  return (
    <details>
      <summary>{t.everyoneWithAccessCount({ count: holders.length })}</summary>
      <ul className="shares" aria-label={t.everyoneWithAccess}>
        {holders.map((holder) => (
          <li key={holder.account_id}>
            <span className="who">{holder.name}<small>{holder.reasons.map(because).join('; ')}</small></span>
            <span>{holder.may_approve && !mayApprove(holder.right) ? t.levelAndApproval({ level: levelName(holder.right) }) : levelName(holder.right)}</span>
          </li>
        ))}
      </ul>
    </details>
  )
}
