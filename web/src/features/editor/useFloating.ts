import { type RefObject, useLayoutEffect } from 'react'

/** The distance of a floating element to its anchor, and to the edges of the window. */
const GAP = 8

export interface Place {
  /** Where it belongs, in the window. */
  rect: () => { left: number; right: number; top: number; bottom: number } | null
  prefers: 'above' | 'below'
  /** Whether it is at the right end of the place, where there is less text, instead of at the left end. */
  isAtEnd?: boolean
}

/** The lower edge of the bars above the text, below which the window is free. */
const topOf = () => {
  const bars = [...document.querySelectorAll('.bar, .editor-tools')].filter((bar) => getComputedStyle(bar).position === 'sticky')
  return Math.max(0, ...bars.map((bar) => bar.getBoundingClientRect().bottom).filter((bottom) => bottom < innerHeight / 2))
}

/**
 * Keeps a fixed element beside its place: on the other side where there is no room, and hidden where the place is out
 * of sight.
 */
export function useFloating(element: RefObject<HTMLElement | null>, { rect, prefers, isAtEnd }: Place, isShown: boolean, ...changes: unknown[]): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: it moves with every change of what it shows
  useLayoutEffect(() => {
    if (!isShown) return
    const place = () => {
      const own = element.current
      const at = rect()
      if (!own || !at) return
      const top = topOf()
      const { offsetWidth: width, offsetHeight: height } = own
      const above = at.top - height - GAP
      const below = at.bottom + GAP
      const isAbove = prefers === 'above' ? above >= top + 2 || below + height > innerHeight : below + height > innerHeight && above >= top
      own.style.setProperty('top', `${Math.max(top + 2, isAbove ? above : below)}px`)
      own.style.setProperty('left', `${Math.max(GAP, Math.min(isAtEnd ? at.right - width : at.left, innerWidth - width - GAP))}px`)
      own.toggleAttribute('data-low', own.offsetTop > innerHeight * 0.55)
      own.style.setProperty('visibility', at.bottom < top || at.top > innerHeight ? 'hidden' : 'visible')
    }
    place()
    addEventListener('scroll', place, true)
    addEventListener('resize', place)
    // Text that others write above the place moves it, too.
    const text = new ResizeObserver(place)
    for (const sheet of document.querySelectorAll('.sheet')) text.observe(sheet)
    return () => {
      text.disconnect()
      removeEventListener('scroll', place, true)
      removeEventListener('resize', place)
    }
  }, [isShown, prefers, ...changes])
}
