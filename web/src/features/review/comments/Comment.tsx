import { SmilePlus, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { dateTime } from '../../../dates'
import { Avatar } from '../../../elements/Avatar'
import { type Right, mayAdminister, mayComment } from '../../../rights'
import { deletions } from '../../../sync/undoableDeletions'
import { type CommentView, api, commentPath } from '../api'
import { t } from '../messages'
import { RemarkField } from './RemarkField'
import { type Mentionable, REACTIONS, useChange } from './threads'

const icon = { size: 16, strokeWidth: 1.75, 'aria-hidden': true } as const

interface Props {
  document: string
  comment: CommentView
  me: string
  right: Right
  mentionable: Mentionable[]
}

/** One comment of a thread, with its reactions. */
export function Comment({ document, comment, me, right, mentionable }: Props) {
  const [editing, setEditing] = useState(false)
  const [reacting, setReacting] = useState(false)
  const id = comment.comment_id
  const edit = useChange(document, (said: { body: string; mentions: { kind: string; id: string }[] }) => api.editComment(document, id, said), () => setEditing(false))
  const remove = () => deletions.add({ path: commentPath(document, id), said: t.commentDeleted })
  const react = useChange(document, ({ emoji, on }: { emoji: string; on: boolean }) => api.react(document, id, emoji, on), () => setReacting(false))
  const isOwn = comment.author.id === me
  const maySay = mayComment(right)
  const failure = edit.error ?? react.error
  if (comment.deleted_at) return <li className="gone">{t.aCommentWasDeleted}</li>
  return (
    <li>
      <div className="by">
        <Avatar name={comment.author.name} color={comment.author.color} />
        <strong>{comment.author.name}</strong>
        <small>{comment.author.is_guest && `${t.guest} · `}<time dateTime={comment.created_at}>{dateTime(comment.created_at)}</time>{comment.edited_at && ` · ${t.edited}`}</small>
      </div>
      {editing ? (
        <RemarkField
          label={t.yourComment} action={t.save} initial={comment.body} mentionable={mentionable} busy={edit.isPending} autoFocus
          onSay={(body, mentions) => edit.mutate({ body, mentions })} onCancel={() => setEditing(false)}
        />
      ) : (
        comment.body && <p className="body">{comment.body}</p>
      )}
      {failure && <p role="alert" className="notice">{failure.message}</p>}
      <div className="reactions">
        {comment.reactions.map(({ emoji, people }) => (
          <button
            key={emoji} type="button" className="reaction" aria-pressed={people.includes(me)} disabled={!maySay}
            aria-label={`${emoji}, ${people.length}`} onClick={() => react.mutate({ emoji, on: !people.includes(me) })}
          >{emoji} {people.length}</button>
        ))}
        {maySay && !editing && (
          <>
            <button type="button" className="reaction quiet" aria-label={t.react} aria-expanded={reacting} onClick={() => setReacting(!reacting)}><SmilePlus {...icon} /></button>
            {isOwn && <button type="button" className="reaction quiet" onClick={() => setEditing(true)}>{t.edit}</button>}
            {(isOwn || mayAdminister(right)) && <button type="button" className="reaction quiet" aria-label={t.deleteThisComment} onClick={remove}><Trash2 {...icon} /></button>}
          </>
        )}
      </div>
      {reacting && (
        <fieldset className="reactions" aria-label={t.reactions}>
          {REACTIONS.map((emoji) => <button key={emoji} type="button" className="reaction" aria-label={t.reactWithEmoji({ emoji })} onClick={() => react.mutate({ emoji, on: true })}>{emoji}</button>)}
        </fieldset>
      )}
    </li>
  )
}
