import { History } from 'lucide-react'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { dateTime, timeOfDay } from '../../../dates'
import type { Decision } from '../api'
import { t } from '../messages'

/** What a person did in a document. */
const DID: Record<string, (what: { name: string; title: ReactNode }) => ReactNode> = {
  decided: t.decidedACommentIn, done: t.markedACommentAsDoneIn, deferred: t.deferredACommentIn, rejected: t.rejectedASuggestionIn, accepted: t.acceptedASuggestionIn,
}

const isSuggestion = ({ replacement }: Decision) => typeof replacement === 'string'

const said = (one: Decision): ReactNode => {
  const { kind, outcome, decided_by_name, document_id, id, title } = one
  const isTurnedDown = outcome === 'rejected' && !isSuggestion(one)
  const decided = isTurnedDown ? t.turnedDownACommentIn : (DID[outcome] ?? t.decidedIn)
  const did = kind === 'approval' ? (outcome === 'rejected' ? t.nameRejectedTitle : t.nameApprovedTitle) : decided
  const address = `/documents/${document_id}${kind === 'approval' ? '#approval' : `#thread=${id}`}`
  return did({ name: decided_by_name || t.someone, title: <Link href={address}>{title}</Link> })
}

/** What a suggestion changes. Instances of earlier versions do not tell the kind of change. */
function Suggested({ one: { change, removed, quote, replacement } }: { one: Decision }) {
  const before = removed ?? quote
  const [gone, come] = [<del key="gone">{before || t.content}</del>, <ins key="come">{replacement || t.content}</ins>]
  switch (change) {
    case 'insert': return t.addText({ text: come })
    case 'delete': return t.deleteText({ text: gone })
    case 'format': return t.formatText({ text: <q>{before}</q> })
    case 'split': return t.splitText({ text: <q>{before}</q> })
    case 'join': return t.joinText({ text: <q>{before}</q> })
    case 'block': return t.changeKindOf({ text: <q>{before}</q> })
    default: return t.replaceText({ before: gone, after: replacement ? come : t.nothing })
  }
}

/** Who took part in an approval, with their reasons. What no longer counts is struck. */
function Votes({ votes }: { votes: Decision['votes'] }) {
  return (
    <ul className="plain votes">
      {votes.map((vote) => {
        const name = vote.by_name || t.someone
        const line = `${(vote.act === 'approve' ? t.nameApproved : t.nameRejected)({ name })}${vote.note ? `: ${vote.note}` : ''}`
        return <li key={`${vote.at}${vote.by}`}>{vote.voided_at ? <><s>{line}</s> <small>{t.noLongerCounts}</small></> : line}</li>
      })}
    </ul>
  )
}

/** One decision: what, by whom, why, and on which version. */
export function DecidedItem({ one }: { one: Decision }) {
  const { document_id, quote, question, note, votes, revision_id, revision_name, revision_created_at, sha256 } = one
  const about = question || quote
  return (
    <li className="decision">
      <p className="what">{said(one)} <time dateTime={one.decided_at}>{timeOfDay(one.decided_at)}</time></p>
      {isSuggestion(one) && <p className="swap"><Suggested one={one} /></p>}
      {isSuggestion(one) ? question && <q>{question}</q> : one.kind !== 'approval' && about && <q>{about}</q>}
      {votes.length > 0 ? <Votes votes={votes} /> : note && <p>{t.reasonIs({ reason: note })}</p>}
      {revision_id && (
        <p className="on">
          <Link href={`/documents/${document_id}#version=${revision_id}`}>
            <History size={14} strokeWidth={1.75} />{revision_name ? t.versionNamed({ name: revision_name }) : t.versionOf({ date: revision_created_at ? dateTime(revision_created_at) : '' })}
          </Link>
          {sha256 && <code title={sha256}>{t.hashIs({ hash: sha256.slice(0, 12) })}</code>}
        </p>
      )}
    </li>
  )
}
