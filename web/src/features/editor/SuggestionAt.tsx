import { useEffect, useRef } from 'react'
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
export function SuggestionAt({ text, suggestion, onClose, ...props }: Props) {
  const card = useRef<HTMLDivElement>(null)
  const rect = () => text.querySelector(`[data-suggestion="${CSS.escape(suggestion.id)}"]`)?.getBoundingClientRect() ?? null
  useFloating(card, { rect, prefers: 'below' }, true, suggestion)
  useEffect(() => {
    const away = (event: Event) => {
      if (!card.current?.contains(event.target as Node)) onClose()
    }
    const onKeyDown = (event: KeyboardEvent) => event.key === 'Escape' && onClose()
    // The click that opened it is over by then.
    const timer = setTimeout(() => addEventListener('pointerdown', away, true))
    addEventListener('keydown', onKeyDown, true)
    return () => {
      clearTimeout(timer)
      removeEventListener('pointerdown', away, true)
      removeEventListener('keydown', onKeyDown, true)
    }
  }, [onClose])
  return (
    <div ref={card} className="floating suggestion-bubble" role="dialog" aria-label={t.suggestion}>
      <SuggestionBubble suggestion={suggestion} onClose={onClose} {...props} />
    </div>
  )
}
