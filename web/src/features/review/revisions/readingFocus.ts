const isNowhere = () => document.activeElement === document.body || document.activeElement?.checkVisibility() === false

/**
 * Moves the focus, for the `ref` of an element that is shown instead of the text. The button that opened it may be
 * hidden with the text, so the focus moves into the element. The button that closes it disappears with it, so the focus
 * then moves to the panel beside it.
 */
export function readingFocus(reading: HTMLElement | null): (() => void) | undefined {
  if (!reading) return
  reading.tabIndex = -1
  if (isNowhere()) reading.focus({ preventScroll: true })
  return () => {
    if (reading.contains(document.activeElement)) reading.parentElement?.querySelector<HTMLElement>(':scope > .panel')?.focus({ preventScroll: true })
  }
}
