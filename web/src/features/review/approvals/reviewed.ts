// What an approver looks at before deciding: which two texts are compared.
import { dateTime } from '../../../dates'
import type { ApprovalView } from '../api'
import { t } from '../messages'

/**
 * Side by side with the current text; inline, with the changes since the request, since the request was moved, or
 * since the last approval; or alone.
 */
export type Reviewed = 'beside' | 'request' | 'moved' | 'approval' | 'version'

/** One side of a comparison. Without a revision, it is the current text. */
export interface Side {
  revision?: string
  name: string
}

const sideOf = (revision: string, name?: string | null, at?: string | null): Side => ({ revision, name: name ? t.versionNamed({ name }) : t.versionOf({ date: at ? dateTime(at) : '' }) })

export const requested = ({ revision_id, revision_name, revision_created_at }: ApprovalView): Side => sideOf(revision_id, revision_name, revision_created_at)

/** The version that the request was about before it was moved. */
export function movedFrom({ earlier_versions }: ApprovalView): Side | null {
  const last = earlier_versions.at(-1)
  return last ? sideOf(last.revision_id, last.revision_name, last.revision_created_at) : null
}

/** The version that was approved before this request. */
export function lastApproved(all: ApprovalView[], approval: ApprovalView): Side | null {
  const earlier = all.slice(all.indexOf(approval) + 1).find(({ state }) => state === 'approved')
  return earlier ? requested(earlier) : null
}

/** The two texts that a view compares; null if there is nothing to compare with. */
export function sidesOf(view: Reviewed, all: ApprovalView[], approval: ApprovalView): { from: Side | null; to: Side } {
  const version = requested(approval)
  if (view === 'version') return { from: null, to: version }
  if (view === 'moved') return { from: movedFrom(approval), to: version }
  if (view === 'approval') return { from: lastApproved(all, approval), to: version }
  return { from: version, to: { name: t.theTextNow } }
}

/** What can be looked at for a request, in the order of its buttons. */
export function viewsOf(all: ApprovalView[], approval: ApprovalView): Reviewed[] {
  const views: Reviewed[] = ['beside', 'request']
  if (movedFrom(approval)) views.push('moved')
  if (lastApproved(all, approval)) views.push('approval')
  return [...views, 'version']
}

export const viewName: Record<Reviewed, string> = { beside: t.besideTheTextNow, request: t.sinceTheRequest, moved: t.sinceTheMove, approval: t.sinceTheLastApproval, version: t.theVersion }
