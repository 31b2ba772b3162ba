// One suggestion: what it changes, whether it can still be accepted, the decision, and the comments.
import { Check, RotateCcw, Undo2, X } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { dateTime } from '../../../dates'
import { Avatar } from '../../../elements/Avatar'
import { type Right, mayComment, mayEdit } from '../../../rights'
import { Discussion, type ThreadView } from '../../review'
import type { SuggestionView } from '../api'
import { useDecide } from '../decisions'
import { t } from '../messages'
import { STANDS, STATES } from '../shown/words'
import { Summary } from './Summary'

interface Props {
  document: string
  suggestion: SuggestionView
  /** Its discussion. */
  thread: ThreadView | undefined
  /** The suggestions that overlap with it. */
  conflicts: SuggestionView[]
  me: { id: string; isGuest: boolean }
  right: Right
  color: string | undefined
  isActive: boolean
  isChosen: boolean
  onOpen: () => void
  /** Undefined for people who cannot decide. */
  onChoose: ((isChosen: boolean) => void) | undefined
}

const icon = { size: 16, strokeWidth: 1.75, 'aria-hidden': true } as const

export function SuggestionCard({ document, suggestion, thread, conflicts, me, right, color, isActive, isChosen, onOpen, onChoose }: Props) {
  const { id, state, author, author_name: name, stands = 'stands', decided_at } = suggestion
  const card = useRef<HTMLLIElement>(null)
  const [note, setNote] = useState('')
  const decide = useDecide(document)
  const act = (act: 'accept' | 'reopen' | 'undo' | 'withdraw') => () => decide.mutate({ id, verdict: { act } })
  const isOpen = state === 'open'
  const isOwn = author === me.id
  const mayAccept = mayEdit(right)
  useEffect(() => {
    if (isActive) card.current?.scrollIntoView({ block: 'nearest' })
  }, [isActive])
  return (
    <li ref={card} className={`thread suggestion-card${isActive ? ' active' : ''}`} aria-current={isActive || undefined} data-card={id}>
      <div className="by">
        {onChoose && isOpen && <input type="checkbox" aria-label={t.chooseTheSuggestionBy({ name })} checked={isChosen} onChange={(event) => onChoose(event.currentTarget.checked)} />}
        <Avatar name={name} color={color} />
        <strong>{name}</strong>
        <small>{suggestion.is_guest && `${t.guest} · `}<time dateTime={suggestion.created_at}>{dateTime(suggestion.created_at)}</time></small>
      </div>
      <button type="button" className="quote plain-quote" data-first onClick={onOpen} aria-expanded={isActive}><Summary suggestion={suggestion} /></button>
      {isOpen && stands !== 'stands' && <p className="notice warn">{STANDS[stands]}{suggestion.before && ` ${t.itWasAbout({ quote: suggestion.before })}`}</p>}
      {isOpen && conflicts.map((other) => (
        <div key={other.id} className="notice warn overlap">{t.onlyOne({ name: other.author_name })}<Summary suggestion={other} /></div>
      ))}
      {!isOpen && (
        <p className="outcome">
          {suggestion.decided_by_name && decided_at
            ? t.byName({ state: <strong>{STATES[state]}</strong>, name: suggestion.decided_by_name, date: dateTime(decided_at) })
            : t.onDate({ state: <strong>{STATES[state]}</strong>, date: dateTime(decided_at ?? suggestion.updated_at) })}
          {suggestion.note && <span>{suggestion.note}</span>}
        </p>
      )}
      {decide.error && <p role="alert" className="notice">{decide.error.message}</p>}
      {isOpen && (isActive || mayAccept) && mayComment(right) && (
        <div className="row">
          {mayAccept && <button type="button" className={isActive ? 'button primary' : 'button'} disabled={decide.isPending || stands !== 'stands'} onClick={act('accept')}><Check {...icon} />{t.accept}</button>}
          {mayAccept && !isOwn && <button type="button" className={isActive ? 'button' : 'button quiet'} disabled={decide.isPending} onClick={() => decide.mutate({ id, verdict: { act: 'reject', note } })}><X {...icon} />{t.reject}</button>}
          {isOwn && isActive && <button type="button" className="button quiet" disabled={decide.isPending} onClick={act('withdraw')}><X {...icon} />{t.withdraw}</button>}
        </div>
      )}
      {isActive && isOpen && mayAccept && !isOwn && <label className="field">{t.reasonForRejecting}<input value={note} maxLength={2_000} onChange={(event) => setNote(event.currentTarget.value)} /></label>}
      {isActive && !isOpen && (
        <div className="row">
          {state === 'accepted' && suggestion.can_undo && mayAccept && <button type="button" className="button quiet" disabled={decide.isPending} onClick={act('undo')}><Undo2 {...icon} />{t.undoAcceptance}</button>}
          {state === 'rejected' && (mayAccept || isOwn) && <button type="button" className="button quiet" disabled={decide.isPending} onClick={act('reopen')}><RotateCcw {...icon} />{t.reopen}</button>}
        </div>
      )}
      {thread && (isActive || suggestion.comments > 0) && <Discussion document={document} thread={thread} me={me} right={right} isOpen={isActive} label={t.reply} />}
      {!isActive && <button type="button" className="button quiet more" onClick={() => { onOpen(); card.current?.querySelector<HTMLElement>('.plain-quote')?.focus() }}>{isOpen && mayAccept ? t.discuss : t.show}</button>}
    </li>
  )
}
