import type { ThreadView } from '../api'

/** Threads as they are once these comments are deleted: a thread ends with its last comment. */
export function withoutDeleted(threads: ThreadView[], isDeleted: (comment: string) => boolean): ThreadView[] {
  return threads.flatMap((thread) => {
    if (!thread.comments.some(({ comment_id }) => isDeleted(comment_id))) return [thread]
    const comments = thread.comments.map((comment) => (isDeleted(comment.comment_id) ? { ...comment, body: '', reactions: [], deleted_at: comment.created_at } : comment))
    return comments.every(({ deleted_at }) => deleted_at) ? [] : [{ ...thread, comments }]
  })
}
