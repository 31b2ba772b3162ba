import { t } from '../messages'
import { RemarkField } from './RemarkField'
import { type Mention, type Mentionable, type NewThread, PASSAGE_KINDS, isMedia } from './threads'

interface Props {
  draft: NewThread
  error: Error | null
  isBusy: boolean
  mentionable: Mentionable[]
  onSay: (body: string, mentions: Mention[]) => void
  onCancel: () => void
}

/** A comment that is being written. */
export function DraftThread({ draft, error, isBusy, mentionable, onSay, onCancel }: Props) {
  return (
    <section className="thread active" aria-label={t.newComment}>
      {draft.passage ? <p className="quote">{draft.passage.kind && <small>{PASSAGE_KINDS[draft.passage.kind]}</small>}{isMedia(draft.passage) ? <span>{draft.passage.label}</span> : <q>{draft.passage.quote}</q>}</p> : <p className="quote">{t.onTheWholeDocument}</p>}
      {error && <p role="alert" className="notice">{error.message}</p>}
      <RemarkField label={t.yourComment} action={t.commentAction} mentionable={mentionable} busy={isBusy} autoFocus onSay={onSay} onCancel={onCancel} />
    </section>
  )
}
