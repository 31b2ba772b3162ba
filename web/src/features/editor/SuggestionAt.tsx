import { useEffect, useLayoutEffect, useRef } from 'react'
import type { Right } from '../../rights'
import { SuggestionBubble, type SuggestionView } from '../suggesting'
import { t } from './messages'
import { useFloating } from './useFloating'

interface Props {
  /** The element of the text. */
  text: HTMLElement
  document: string
  suggestion: SuggestionView
  me: string
  right: Right | null | undefined
  onDiscuss: () => void
  onClose: () => void
}

/** Beside a suggestion that was clicked in the text. */
export function SuggestionAt({ text, document: id, suggestion, onClose, ...props }: Props) {
  const card = useRef<HTMLDivElement>(null)
  const rect = () => text.querySelector(`[data-suggestion="${CSS.escape(suggestion.id)}"]`)?.getBoundingClientRect() ?? null
  useFloating(card, { rect, prefers: 'below' }, true, suggestion)
  useEffect(() => {
    const away = (event: Event) => {
      // A click on another suggestion opens that one. If this card closed first, the suggestion would be redrawn, and
      // the click would be lost.
      const isOnSuggestion = event.target instanceof Element && event.target.closest('.tiptap [data-suggestion]')
      if (!isOnSuggestion && !card.current?.contains(event.target as Node)) onClose()
    }
    const onKeyDown = (event: KeyboardEvent) => event.key === 'Escape' && onClose()
    // After the timeout, the click that opened the card is over.
    const timer = setTimeout(() => addEventListener('pointerdown', away, true))
    addEventListener('keydown', onKeyDown, true)
    return () => {
      clearTimeout(timer)
      removeEventListener('pointerdown', away, true)
      removeEventListener('keydown', onKeyDown, true)
    }
  }, [onClose])
  // The card's buttons disappear with it, so the focus moves to the text.
  useLayoutEffect(() => {
    const own = card.current
    return () => {
      if (document.activeElement === document.body || own?.contains(document.activeElement)) text.focus({ preventScroll: true })
    }
  }, [text])
  return (
    <div ref={card} className="floating suggestion-bubble" role="dialog" aria-label={t.suggestion}>
      <SuggestionBubble document={id} suggestion={suggestion} onClose={onClose} {...props} />
    </div>
  )
}
