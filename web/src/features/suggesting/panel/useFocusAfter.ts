import { type RefObject, useLayoutEffect, useRef } from 'react'

const focus = (card: Element | null | undefined) => card?.querySelector<HTMLElement>('.plain-quote')?.focus()

/**
 * A decision takes its button away, and often its card: the keyboard then goes on at what the card is about, or at the
 * next card.
 */
export function useFocusAfter(card: RefObject<HTMLElement | null>, isDeciding: boolean): void {
  const hasDecided = useRef(false)
  useLayoutEffect(() => {
    if (isDeciding) hasDecided.current = true
    else if (hasDecided.current) {
      hasDecided.current = false
      // Somebody who already writes elsewhere is left there.
      if (document.activeElement === document.body) focus(card.current)
    }
  }, [card, isDeciding])
  useLayoutEffect(() => {
    const own = card.current
    return () => {
      const isHere = own?.contains(document.activeElement) || (hasDecided.current && document.activeElement === document.body)
      if (isHere) focus(own?.nextElementSibling ?? own?.previousElementSibling)
    }
  }, [card])
}
