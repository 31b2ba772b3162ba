// One thread: what it is about, what was said, and how it ended.
import { Check, RotateCcw, SmilePlus, Trash2, X } from 'lucide-react'
import { type CSSProperties, useEffect, useRef, useState } from 'react'
import { type CommentView, type Outcome, type Right, type ThreadView, api } from '../../api'
import { RemarkField } from './RemarkField'
import { type Mentionable, OUTCOMES, REACTIONS, mayDecide, useChange } from './threads'

interface Props {
  document: string
  thread: ThreadView
  me: string
  right: Right
  isActive: boolean
  mentionable: Mentionable[]
  onOpen: () => void
}

const icon = { size: 16, strokeWidth: 1.75, 'aria-hidden': true } as const
const time = (at: string) => new Date(at).toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' })
const STATE: Record<string, string> = { accepted: 'Accepted', rejected: 'Rejected' }

export function ThreadCard({ document, thread, me, right, isActive, mentionable, onOpen }: Props) {
  const card = useRef<HTMLLIElement>(null)
  const [ending, setEnding] = useState(false)
  const id = thread.thread_id
  const mayComment = right !== 'view'
  const isSuggestion = thread.replacement !== undefined && thread.replacement !== null
  const isOpen = thread.state === 'open'
  const reply = useChange(document, (said: { body: string; mentions: { kind: string; id: string }[] }) => api.reply(document, id, said))
  const resolve = useChange(document, (wish: { outcome: Outcome; note: string }) => api.resolveThread(document, id, wish), () => setEnding(false))
  const reopen = useChange(document, () => api.reopenThread(document, id))
  const accept = useChange(document, () => api.acceptSuggestion(document, id))
  const reject = useChange(document, () => api.rejectSuggestion(document, id))
  const failure = [reply, resolve, reopen, accept, reject].find(({ error }) => error)?.error
  useEffect(() => {
    if (isActive) card.current?.scrollIntoView({ block: 'nearest' })
  }, [isActive])
  return (
    <li ref={card} className={`thread${isActive ? ' active' : ''}`} aria-current={isActive || undefined}>
      {thread.passage ? (
        <button type="button" className="quote" onClick={onOpen} disabled={thread.passage.is_orphan}>
          <q>{thread.passage.quote}</q>
          {thread.passage.is_orphan && <small>These words were deleted.</small>}
        </button>
      ) : (
        <p className="quote">On the whole document</p>
      )}
      {isSuggestion && <p className="swap">{thread.replacement ? <>Say <ins>{thread.replacement}</ins> instead</> : 'Delete this'}</p>}
      <ol className="plain said">
        {thread.comments.map((comment) => (
          <Comment key={comment.comment_id} document={document} comment={comment} me={me} right={right} mentionable={mentionable} />
        ))}
      </ol>
      {!isOpen && (
        <p className="outcome">
          <strong>{thread.outcome ? OUTCOMES.find(({ value }) => value === thread.outcome)?.label : STATE[thread.state]}</strong>
          {thread.decided_by && ` by ${thread.decided_by.name}`}{thread.decided_at && `, ${time(thread.decided_at)}`}
          {thread.note && <span>{thread.note}</span>}
        </p>
      )}
      {failure && <p role="alert" className="notice">{failure.message}</p>}
      {mayComment && isActive && !ending && (
        <RemarkField label="Reply" action="Reply" mentionable={mentionable} busy={reply.isPending} onSay={(body, mentions) => reply.mutate({ body, mentions })} />
      )}
      {ending && (
        <form
          className="remark"
          onSubmit={(event) => {
            event.preventDefault()
            const fields = new FormData(event.currentTarget)
            resolve.mutate({ outcome: fields.get('outcome') as Outcome, note: String(fields.get('note') ?? '') })
          }}
        >
          <label className="field">Outcome
            <select name="outcome">{OUTCOMES.map(({ value, label }) => <option key={value} value={value}>{label}</option>)}</select>
          </label>
          <label className="field">What was decided, and why (optional)<input name="note" maxLength={2_000} /></label>
          <div className="row">
            <button type="submit" className="button primary">Resolve it</button>
            <button type="button" className="button quiet" onClick={() => setEnding(false)}>Cancel</button>
          </div>
        </form>
      )}
      {isActive && !ending && mayComment && mayDecide(thread, me, right) && (
        <div className="row">
          {isOpen && isSuggestion && (
            <>
              {right !== 'comment' && <button type="button" className="button" onClick={() => accept.mutate(undefined)} disabled={accept.isPending}><Check {...icon} />Accept</button>}
              <button type="button" className="button quiet" onClick={() => reject.mutate(undefined)} disabled={reject.isPending}><X {...icon} />{right === 'comment' ? 'Withdraw' : 'Reject'}</button>
            </>
          )}
          {isOpen && !isSuggestion && <button type="button" className="button quiet" onClick={() => setEnding(true)}><Check {...icon} />Resolve</button>}
          {!isOpen && thread.state !== 'accepted' && <button type="button" className="button quiet" onClick={() => reopen.mutate(undefined)}><RotateCcw {...icon} />Open again</button>}
        </div>
      )}
      {!isActive && <button type="button" className="button quiet more" onClick={onOpen}>{mayComment ? 'Reply' : 'Look'}</button>}
    </li>
  )
}

interface CommentProps {
  document: string
  comment: CommentView
  me: string
  right: Right
  mentionable: Mentionable[]
}

function Comment({ document, comment, me, right, mentionable }: CommentProps) {
  const [editing, setEditing] = useState(false)
  const [reacting, setReacting] = useState(false)
  const id = comment.comment_id
  const edit = useChange(document, (said: { body: string; mentions: { kind: string; id: string }[] }) => api.editComment(document, id, said), () => setEditing(false))
  const remove = useChange(document, () => api.removeComment(document, id))
  const react = useChange(document, ({ emoji, on }: { emoji: string; on: boolean }) => api.react(document, id, emoji, on), () => setReacting(false))
  const isOwn = comment.author.id === me
  const mayComment = right !== 'view'
  const failure = edit.error ?? remove.error ?? react.error
  if (comment.deleted_at) return <li className="gone">A comment was deleted.</li>
  return (
    <li>
      <div className="by">
        <span className="avatar" aria-hidden="true" style={{ '--person': comment.author.color } as CSSProperties}>{comment.author.name.slice(0, 1)}</span>
        <strong>{comment.author.name}</strong>
        <small>{comment.author.is_guest && 'guest · '}<time dateTime={comment.created_at}>{time(comment.created_at)}</time>{comment.edited_at && ' · edited'}</small>
      </div>
      {editing ? (
        <RemarkField
          label="Your comment" action="Save" initial={comment.body} mentionable={mentionable} busy={edit.isPending} autoFocus
          onSay={(body, mentions) => edit.mutate({ body, mentions })} onCancel={() => setEditing(false)}
        />
      ) : (
        comment.body && <p className="body">{comment.body}</p>
      )}
      {failure && <p role="alert" className="notice">{failure.message}</p>}
      <div className="reactions">
        {comment.reactions.map(({ emoji, people }) => (
          <button
            key={emoji} type="button" className="reaction" aria-pressed={people.includes(me)} disabled={!mayComment}
            aria-label={`${emoji}, ${people.length}`} onClick={() => react.mutate({ emoji, on: !people.includes(me) })}
          >{emoji} {people.length}</button>
        ))}
        {mayComment && !editing && (
          <>
            <button type="button" className="reaction quiet" aria-label="React" aria-expanded={reacting} onClick={() => setReacting(!reacting)}><SmilePlus {...icon} /></button>
            {isOwn && <button type="button" className="reaction quiet" onClick={() => setEditing(true)}>Edit</button>}
            {(isOwn || right === 'admin') && <button type="button" className="reaction quiet" aria-label="Delete this comment" onClick={() => remove.mutate(undefined)}><Trash2 {...icon} /></button>}
          </>
        )}
      </div>
      {reacting && (
        <fieldset className="reactions" aria-label="Reactions">
          {REACTIONS.map((emoji) => <button key={emoji} type="button" className="reaction" aria-label={`React with ${emoji}`} onClick={() => react.mutate({ emoji, on: true })}>{emoji}</button>)}
        </fieldset>
      )}
    </li>
  )
}
