// Buttons in a comparison that put a changed block back as it was.
import { t } from '../messages'
import type { Block } from './RestoreBlock'

/** The earlier version of a block: without what was added, and with what was removed. */
function earlier(block: HTMLElement): string {
  const copy = (block.querySelector<HTMLElement>(':scope > .before') ?? block).cloneNode(true) as HTMLElement
  for (const added of copy.querySelectorAll('ins, .moved-to, small.change, button')) added.remove()
  for (const mark of copy.querySelectorAll('del, .moved-from, .formatted')) mark.replaceWith(...mark.childNodes)
  return copy.innerHTML
}

/** Adds the buttons. Returns a function that removes them. */
export function addRestoreButtons(text: HTMLElement, onRestore: (block: Block) => void): () => void {
  const buttons: HTMLButtonElement[] = []
  for (const block of text.querySelectorAll<HTMLElement>(':scope > .changed[data-block]')) {
    const button = document.createElement('button')
    button.type = 'button'
    button.className = 'button restore-block'
    button.textContent = t.restoreThisBlock
    button.addEventListener('click', () => onRestore({ number: Number(block.dataset.block), html: earlier(block) }))
    ;(block.querySelector(':scope > .before') ?? block).append(button)
    buttons.push(button)
  }
  return () => {
    for (const button of buttons) button.remove()
  }
}
