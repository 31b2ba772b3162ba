// The comments under a suggestion.
import type { Right } from '../../../rights'
import { mayComment } from '../../../rights'
import { type ThreadView, api } from '../api'
import { Comment } from './Comment'
import { RemarkField } from './RemarkField'
import { useChange, useMentionable } from './threads'

interface Props {
  document: string
  thread: ThreadView
  me: { id: string; isGuest: boolean }
  right: Right
  /** Whether it can be answered here. */
  isOpen: boolean
  label: string
}

export function Discussion({ document, thread, me, right, isOpen, label }: Props) {
  const mentionable = useMentionable(me.isGuest)
  const reply = useChange(document, (said: { body: string; mentions: { kind: string; id: string }[] }) => api.reply(document, thread.thread_id, said))
  const comments = thread.comments.filter(({ body, deleted_at }) => body !== '' || deleted_at)
  return (
    <>
      {comments.length > 0 && (
        <ol className="plain said">
          {comments.map((comment) => <Comment key={comment.comment_id} document={document} comment={comment} me={me.id} right={right} mentionable={mentionable} />)}
        </ol>
      )}
      {reply.error && <p role="alert" className="notice">{reply.error.message}</p>}
      {isOpen && mayComment(right) && <RemarkField label={label} action={label} mentionable={mentionable} busy={reply.isPending} onSay={(body, mentions) => reply.mutate({ body, mentions })} />}
    </>
  )
}
