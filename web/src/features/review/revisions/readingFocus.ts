const isNowhere = () => document.activeElement === document.body || document.activeElement?.checkVisibility() === false

/**
 * For the `ref` of what is shown in the place of the text. What opened it may be hidden with the text, and what closes it
 * goes away with it: the keyboard goes into it, and then into the panel beside it.
 */
export function readingFocus(reading: HTMLElement | null): (() => void) | undefined {
  if (!reading) return
  reading.tabIndex = -1
  if (isNowhere()) reading.focus({ preventScroll: true })
  return () => {
    if (reading.contains(document.activeElement)) reading.parentElement?.querySelector<HTMLElement>(':scope > .panel')?.focus({ preventScroll: true })
  }
}
