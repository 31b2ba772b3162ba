import { Link } from 'wouter'
import { dateTime } from '../../../dates'
import { PageIcon } from '../../library'
import { statusName } from '../../library'
import { Marked } from '../Marked'
import type { Hit } from '../api'
import { addressOf } from '../match'
import { t } from '../messages'

/** A document that was found. A click on a passage opens the document at that passage. */
export function HitRow({ hit }: { hit: Hit }) {
  return (
    <li className="hit">
      <Link href={addressOf(hit.id, undefined)}><PageIcon icon={hit.icon} kind="page" /><strong><Marked parts={hit.title_parts} /></strong></Link>
      {hit.snippets.map((snippet) => (
        <Link key={`${snippet.line} ${snippet.thread_id} ${snippet.attachment_id} ${snippet.parts[0]?.text}`} href={addressOf(hit.id, snippet)} className="snippet">
          {snippet.thread_id && <small>{t.comment}</small>}{snippet.file && <small>{snippet.file}</small>}<Marked parts={snippet.parts} />
        </Link>
      ))}
      <p className="hint">
        {[statusName(hit.status), t.updatedDate({ date: dateTime(hit.updated_at) }), ...hit.tags.map((tag) => `#${tag}`)].join(' · ')}
      </p>
    </li>
  )
}
