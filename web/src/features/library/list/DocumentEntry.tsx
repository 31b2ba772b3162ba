import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { dateTime } from '../../../dates'
import type { DocumentView } from '../api'
import { t } from '../messages'
import { PageIcon } from '../tree/PageIcon'
import { kindName, statusName } from '../words'

interface Props {
  document: DocumentView
  /** The name of its owner, if it is known. */
  owner: string | undefined
  /** The meaning of the date; that of the last change if absent. */
  at?: string | undefined
  /** Whether others changed it since the last visit. */
  isUnread?: boolean | undefined
  /** Buttons beside it. */
  children?: ReactNode
}

const TAGS = 3

/** A document in a list: its title, kind, owner, tags, status and date. */
export function DocumentEntry({ document: { id, title, icon, kind, status, tags, description, updated_at }, owner, at = updated_at, isUnread, children }: Props) {
  const more = tags.length - TAGS
  return (
    <li className={children ? 'entry' : undefined}>
      <Link href={`/documents/${id}`} className="document">
        <PageIcon icon={icon} kind="page" />
        <span className="about">
          <strong>{title}{isUnread && <span className="dot" role="img" aria-label={t.changedSinceYourLastVisit} title={t.changedSinceYourLastVisit} />}</strong>
          {description && <span className="snippet">{description}</span>}
          <small>
            {kindName(kind)}{owner && ` · ${owner}`}
            {tags.slice(0, TAGS).map((tag) => <span key={tag} className="chip">{tag}</span>)}
            {more > 0 && <span className="chip">+{more}</span>}
          </small>
        </span>
        <span className={`state ${status}`}>{statusName(status)}</span>
        <time dateTime={at}>{dateTime(at)}</time>
      </Link>
      {children && <div className="acts">{children}</div>}
    </li>
  )
}
