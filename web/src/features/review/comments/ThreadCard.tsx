// One thread: its passage, comments and outcome.
import { Check, RotateCcw } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { dateTime } from '../../../dates'
import { type Right, mayComment, mayDecide } from '../../../rights'
import { type Outcome, type ThreadView, api } from '../api'
import { t } from '../messages'
import { Assignee } from './Assignee'
import { Comment } from './Comment'
import { RemarkField } from './RemarkField'
import { ResolveForm } from './ResolveForm'
import { type Mentionable, OUTCOMES, PASSAGE_KINDS, type PassageKind, useChange } from './threads'

interface Props {
  document: string
  thread: ThreadView
  kind: PassageKind | undefined
  me: string
  right: Right
  isActive: boolean
  mentionable: Mentionable[]
  /** Whether it can be assigned to members: not by guests. */
  mayAssign: boolean
  onOpen: () => void
}

const icon = { size: 16, strokeWidth: 1.75, 'aria-hidden': true } as const

/** What last happened to the words of a thread, if anything. */
function whatHappened({ moved_at, returned_at }: NonNullable<ThreadView['passage']>): string | undefined {
  if (returned_at && returned_at >= (moved_at ?? '')) return t.backInTheTextSince({ date: dateTime(returned_at) })
  return moved_at ? t.movedWithTheTextOn({ date: dateTime(moved_at) }) : undefined
}

/** Where the words of an orphan were, by the words around them. */
function whereItStood({ before, after }: NonNullable<ThreadView['passage']>): string {
  const [left, right] = [before?.trim() ? `…${before.trim()}` : '', after?.trim() ? `${after.trim()}…` : '']
  if (left && right) return t.itStoodBetween({ before: left, after: right })
  return left ? t.itStoodAfter({ before: left }) : right ? t.itStoodBefore({ after: right }) : ''
}

export function ThreadCard({ document, thread, kind, me, right, isActive, mentionable, mayAssign, onOpen }: Props) {
  const card = useRef<HTMLLIElement>(null)
  const [ending, setEnding] = useState(false)
  const id = thread.thread_id
  const maySay = mayComment(right)
  const isMyTask = thread.assignee?.id === me
  const mayEnd = maySay && (isMyTask || mayDecide(thread.comments[0]?.author.id, me, right))
  const isOpen = thread.state === 'open'
  const happened = thread.passage && whatHappened(thread.passage)
  // The text of this page is newer than the list of threads.
  const isDeleted = kind ? kind === 'deleted' : thread.media?.is_orphan
  const reply = useChange(document, (said: { body: string; mentions: { kind: string; id: string }[] }) => api.reply(document, id, said))
  const resolve = useChange(document, (wish: { outcome: Outcome | null; note: string }) => api.resolveThread(document, id, wish), () => setEnding(false))
  const reopen = useChange(document, () => api.reopenThread(document, id))
  const failure = [reply, resolve, reopen].find(({ error }) => error)?.error
  useEffect(() => {
    if (isActive) card.current?.scrollIntoView({ block: 'nearest' })
  }, [isActive])
  return (
    <li ref={card} data-thread={id} tabIndex={-1} className={`thread${isActive ? ' active' : ''}`} aria-current={isActive || undefined}>
      {thread.passage ? (
        <button type="button" className="quote" onClick={onOpen} disabled={thread.passage.is_orphan}>
          {kind && <small>{PASSAGE_KINDS[kind]}</small>}
          <q>{thread.passage.quote}</q>
          {thread.passage.is_orphan && <small>{t.theCommentedTextWasDeleted} {whereItStood(thread.passage)}</small>}
          {!thread.passage.is_orphan && happened && <small>{happened}</small>}
        </button>
      ) : thread.media ? (
        <button type="button" className="quote" onClick={onOpen} disabled={isDeleted}>
          <small>{PASSAGE_KINDS[kind ?? 'deleted']}</small>
          <span>{thread.media.label}</span>
          {isDeleted && <small>{t.itWasDeleted}</small>}
        </button>
      ) : (
        <p className="quote">{t.onTheWholeDocument}</p>
      )}
      <ol className="plain said">
        {thread.comments.map((comment) => (
          <Comment key={comment.comment_id} document={document} comment={comment} me={me} right={right} mentionable={mentionable} />
        ))}
      </ol>
      {!isOpen && (
        <p className="outcome">
          <strong>{thread.outcome ? OUTCOMES.find(({ value }) => value === thread.outcome)?.label : t.resolved}</strong>
          {thread.decided_by && ` ${t.byWhom({ name: thread.decided_by.name })}`}{thread.decided_at && `, ${dateTime(thread.decided_at)}`}
          {thread.note && <span>{thread.note}</span>}
        </p>
      )}
      {isOpen && (isActive || thread.assignee) && <Assignee document={document} thread={thread} mayAssign={mayAssign && maySay && isActive} />}
      {failure && <p role="alert" className="notice">{failure.message}</p>}
      {maySay && isActive && !ending && (
        <RemarkField label={t.reply} action={t.reply} mentionable={mentionable} busy={reply.isPending} onSay={(body, mentions) => reply.mutate({ body, mentions })} />
      )}
      {ending && <ResolveForm onResolve={resolve.mutate} onCancel={() => setEnding(false)} />}
      {isActive && !ending && mayEnd && (
        <div className="row">
          {isOpen && isMyTask && <button type="button" className="button primary" disabled={resolve.isPending} onClick={() => resolve.mutate({ outcome: 'done', note: '' })}><Check {...icon} />{t.markAsDone}</button>}
          {isOpen && <button type="button" className="button quiet" data-key="resolve" onClick={() => setEnding(true)}>{isMyTask ? t.resolveWithANote : <><Check {...icon} />{t.resolve}</>}</button>}
          {!isOpen && <button type="button" className="button quiet" onClick={() => reopen.mutate(undefined)}><RotateCcw {...icon} />{t.reopen}</button>}
        </div>
      )}
      {!isActive && <button type="button" className="button quiet more" onClick={onOpen}>{maySay ? t.reply : t.show}</button>}
    </li>
  )
}
