import { type RefObject, useLayoutEffect, useState } from 'react'

/** How many of the groups fit beside the buttons that are always shown. A phone's bar scrolls instead. */
export function useFitting(bar: RefObject<HTMLElement | null>, groups: number): number {
  const [fitting, setFitting] = useState(groups)
  // When there are more groups, as when a person begins to suggest, all are tried again.
  useLayoutEffect(() => setFitting(groups), [groups])
  // biome-ignore lint/correctness/useExhaustiveDependencies: each time that fewer are shown, it is looked whether they fit
  useLayoutEffect(() => {
    const element = bar.current
    if (!element) return
    const place = () => {
      const above = document.querySelector('.bar')?.getBoundingClientRect().height ?? 0
      element.style.setProperty('--above', `${above}px`)
      // On phones, the keyboard covers the bottom of the window, but not what can be seen of it.
      const seen = window.visualViewport
      element.style.setProperty('--keyboard', `${seen ? Math.max(0, innerHeight - seen.height - seen.offsetTop) : 0}px`)
    }
    const look = () => {
      place()
      const scrolls = getComputedStyle(element).overflowX === 'auto'
      // What overflows into the padding counts, too: a panel may be there.
      const limit = element.getBoundingClientRect().right - Number.parseFloat(getComputedStyle(element).paddingRight)
      const isTooWide = (element.lastElementChild?.getBoundingClientRect().right ?? 0) > limit + 1
      setFitting((count) => {
        if (scrolls) return groups
        if (isTooWide) return Math.max(0, count - 1)
        return count
      })
    }
    // A wider bar tries all of them again.
    let width: number | undefined
    const resized = new ResizeObserver(([entry]) => {
      const now = entry?.target === element ? entry.contentRect.width : width
      if (now !== undefined && width !== undefined && now > width) setFitting(groups)
      width = now
      look()
    })
    resized.observe(element)
    const header = document.querySelector('.bar')
    if (header) resized.observe(header)
    window.visualViewport?.addEventListener('resize', place)
    window.visualViewport?.addEventListener('scroll', place)
    look()
    return () => {
      resized.disconnect()
      window.visualViewport?.removeEventListener('resize', place)
      window.visualViewport?.removeEventListener('scroll', place)
    }
  }, [bar, groups, fitting])
  return Math.min(fitting, groups)
}
