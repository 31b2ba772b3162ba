import { t } from '../messages'
import { RemarkField } from './RemarkField'
import type { Mention, Mentionable, NewThread } from './threads'

interface Props {
  draft: NewThread
  /** The text with which a suggestion replaces the passage. */
  words: string
  error: Error | null
  isBusy: boolean
  mentionable: Mentionable[]
  onWords: (words: string) => void
  onSay: (body: string, mentions: Mention[]) => void
  onCancel: () => void
}

/** A comment or a suggestion that is being written. */
export function DraftThread({ draft, words, error, isBusy, mentionable, onWords, onSay, onCancel }: Props) {
  return (
    <section className="thread active" aria-label={draft.kind === 'suggestion' ? t.newSuggestion : t.newComment}>
      {draft.passage ? <p className="quote"><q>{draft.passage.quote}</q></p> : <p className="quote">{t.onTheWholeDocument}</p>}
      {draft.kind === 'suggestion' && (
        <label className="field">{t.replaceWithLeaveEmptyTo}
          {/* biome-ignore lint/a11y/noAutofocus: it opens because somebody asked to write here */}
          <input value={words} onChange={(event) => onWords(event.target.value)} maxLength={10_000} autoFocus />
        </label>
      )}
      {error && <p role="alert" className="notice">{error.message}</p>}
      <RemarkField
        label={draft.kind === 'suggestion' ? t.reasonOptional : t.yourComment} action={draft.kind === 'suggestion' ? t.suggest : t.commentAction}
        mentionable={mentionable} mayBeEmpty={draft.kind === 'suggestion' && words !== draft.passage?.quote} busy={isBusy}
        autoFocus={draft.kind === 'comment'} onSay={onSay} onCancel={onCancel}
      />
    </section>
  )
}
