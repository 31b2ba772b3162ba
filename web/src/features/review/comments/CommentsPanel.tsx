// The threads of a document, beside its text.
import { ArrowDown, ArrowUp, X } from 'lucide-react'
import { useIsFetching } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { type Right, mayComment } from '../../../rights'
import { type ThreadView, api } from '../api'
import { t } from '../messages'
import { threadsKey } from '../queries'
import { DraftThread } from './DraftThread'
import { type ThreadFilter, filtered } from './filter'
import { ThreadCard } from './ThreadCard'
import { ThreadFilterField } from './ThreadFilterField'
import { useThreadKeys } from './useThreadKeys'
import { type NewThread, type PassageKind, inOrder, isMedia, useChange, useMentionable } from './threads'

interface Props {
  document: string
  threads: ThreadView[]
  /** Where the passages of threads are. */
  kinds: Readonly<Record<string, PassageKind>>
  me: { id: string; isGuest: boolean }
  right: Right
  active: string | null
  draft: NewThread | null
  /** The tabs that switch between panels. */
  tabs: ReactNode
  onActive: (thread: string | null) => void
  onDraft: (draft: NewThread | null) => void
  onClose: () => void
}

export function CommentsPanel({ document, threads, kinds, me, right, active, draft, tabs, onActive, onDraft, onClose }: Props) {
  const [shown, setShown] = useState<'open' | 'closed'>('open')
  const [filter, setFilter] = useState<ThreadFilter>('all')
  const looked = threads.find(({ thread_id }) => thread_id === active)?.state
  // The list changes together with the card: if the card were missing in between, the focus would be lost.
  const [wasLooked, setWasLooked] = useState<string>()
  if (looked !== wasLooked) {
    setWasLooked(looked)
    if (looked) setShown(looked === 'open' ? 'open' : 'closed')
  }
  // A thread that is opened from elsewhere is listed whatever the filter is; a filter chosen afterwards may hide it.
  const [found, setFound] = useState<string | null>(null)
  if (active !== found && (looked || !active)) {
    setFound(active)
    if (active && filtered(threads, filter, me.id).every(({ thread_id }) => thread_id !== active)) setFilter('all')
  }
  const mentionable = useMentionable(me.isGuest)
  const begin = useChange(document, (wish: Parameters<typeof api.newThread>[1]) => api.newThread(document, wish), (made) => {
    onDraft(null)
    onActive(made.thread_id)
  })
  const isOpen = (thread: ThreadView) => thread.state === 'open'
  const open = threads.filter(isOpen)
  const those = shown === 'open' ? open : threads.filter((thread) => !isOpen(thread))
  const listed = inOrder(filtered(those, filter, me.id))
  const isReading = useIsFetching({ queryKey: threadsKey(document) }) > 0
  const isGone = active !== null && !looked && !isReading
  const { panel, onKeyDown, go } = useThreadKeys(listed, active, onActive)
  const say = (body: string, mentions: { kind: string; id: string }[]) => {
    if (!draft) return
    const { passage } = draft
    begin.mutate({ body, mentions, ...(passage && (isMedia(passage) ? { media: passage.media } : { anchor: passage })) })
  }
  return (
    <aside ref={panel} className="panel" aria-label={t.comments} onKeyDown={onKeyDown}>
      <div className="row">
        {tabs}
        <button type="button" className="button quiet" aria-label={t.previousComment} disabled={listed.length === 0} onClick={() => go(-1)}><ArrowUp size={16} strokeWidth={1.75} /></button>
        <button type="button" className="button quiet" aria-label={t.nextComment} disabled={listed.length === 0} onClick={() => go(1)}><ArrowDown size={16} strokeWidth={1.75} /></button>
        <button type="button" className="button quiet" aria-label={t.closeTheComments} onClick={onClose}><X size={16} strokeWidth={1.75} /></button>
      </div>
      <fieldset className="switch" aria-label={t.whichComments}>
        <button type="button" className="button quiet" aria-pressed={shown === 'open'} onClick={() => setShown('open')}>{t.openCount({ count: open.length })}</button>
        <button type="button" className="button quiet" aria-pressed={shown === 'closed'} onClick={() => setShown('closed')}>{t.resolvedCount({ count: threads.length - open.length })}</button>
      </fieldset>
      {(those.length > 1 || filter !== 'all') && <ThreadFilterField threads={threads} filter={filter} onFilter={setFilter} />}
      {draft ? (
        <DraftThread draft={draft} error={begin.error} isBusy={begin.isPending} mentionable={mentionable} onSay={say} onCancel={() => onDraft(null)} />
      ) : (
        mayComment(right) && <button type="button" className="button" onClick={() => onDraft({ passage: null })}>{t.commentOnTheWholeDocument}</button>
      )}
      {isGone && <p role="status" className="notice">{t.whatTheLinkLeadsToIsGone}</p>}
      <ul className="plain threads" aria-label={shown === 'open' ? t.openThreads : t.resolvedThreads}>
        {listed.map((thread) => (
          <ThreadCard
            key={thread.thread_id} document={document} thread={thread} kind={kinds[thread.thread_id]} me={me.id} right={right} mentionable={mentionable} mayAssign={!me.isGuest}
            isActive={thread.thread_id === active} onOpen={() => onActive(thread.thread_id)}
          />
        ))}
      </ul>
      {listed.length === 0 && !draft && (
        <p className="hint">{filter !== 'all' ? t.noCommentsLikeThis : shown === 'open' ? t.noOpenCommentsSelectText : t.noResolvedCommentsYet}</p>
      )}
    </aside>
  )
}
