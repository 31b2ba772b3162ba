/** The most frames to wait for the cards of a panel that was just opened: the panel may have to be loaded first. */
const MOST_FRAMES = 180

/** Focuses the card of a suggestion as soon as it is shown. */
export function focusCard(suggestion: string, left = MOST_FRAMES): void {
  requestAnimationFrame(() => {
    const card = document.querySelector<HTMLElement>(`[data-card="${CSS.escape(suggestion)}"] .plain-quote`)
    if (card) card.focus()
    else if (left > 1) focusCard(suggestion, left - 1)
  })
}
