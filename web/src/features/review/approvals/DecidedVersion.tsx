import { dateTime } from '../../../dates'
import type { ApprovalView } from '../api'
import { t } from '../messages'
import { type Reviewed, viewName, viewsOf } from './reviewed'
import { sinceThen } from './since'

interface Props {
  approval: ApprovalView
  /** All requests of the document, newest first. */
  all: ApprovalView[]
  isAsked: boolean
  onReview: (view: Reviewed) => void
}

/** The version that is decided on: by its name if it has one. */
function decidedOn({ revision_name: name, revision_created_at }: ApprovalView, isAsked: boolean): string {
  const date = dateTime(revision_created_at)
  if (name) return (isAsked ? t.youDecideOnNamed : t.theDecisionIsOnNamed)({ name, date })
  return (isAsked ? t.youDecideOn : t.theDecisionIsOn)({ date })
}

/** Which version a request is about, what is not part of it, and the ways to look at it. */
export function DecidedVersion({ approval, all, isAsked, onReview }: Props) {
  const { changed_since: since, open_suggestions: open = 0 } = approval
  return (
    <div className={since ? 'notice warn' : 'hint'} data-testid="decided-version">
      <p>
        {decidedOn(approval, isAsked)}{' '}
        {since ? t.theTextHasChangedSince({ change: sinceThen(since) }) : t.theTextHasNotChanged}
      </p>
      {open ? <p>{t.openSuggestionsNotPartOfTheVersion({ count: open })}</p> : null}
      <div className="row wraps">
        {viewsOf(all, approval).filter((view) => since || (view !== 'beside' && view !== 'request')).map((view) => (
          <button key={view} type="button" className="button" onClick={() => onReview(view)}>{viewName[view]}</button>
        ))}
      </div>
    </div>
  )
}
