// Pages of others within a pasted page: frames, and the bookmarks of Notion and Confluence. They become cards.
import { isWebAddress, pageOf } from '../embed/frames'
import { isBlock } from './tree'

// not a text: selectors
const CARDS = 'iframe[src],a.bookmark[href],a[data-card-appearance="block"][href],a[data-card-appearance="embed"][href],img[src^="embed:"]'

export function fixEmbeds(body: HTMLElement): void {
  for (const element of [...body.querySelectorAll(CARDS)]) {
    const src = (element.getAttribute('src') ?? element.getAttribute('href') ?? '').replace(/^embed:/, '').replace(/^\/\//, 'https://')
    if (!isWebAddress(src)) continue
    const title = (element.querySelector('.bookmark-title')?.textContent ?? element.getAttribute('title') ?? element.getAttribute('alt') ?? '').trim()
    const card = body.ownerDocument.createElement('figure')
    const href = element.nodeName === 'IFRAME' ? pageOf(src) : src
    card.setAttribute('data-embed', href)
    if (title) card.setAttribute('data-title', title)
    // So that nobody takes it for an empty element.
    card.textContent = title || href
    const around = element.closest('figure')
    if (around) around.replaceWith(card)
    else place(element, card)
  }
}

/** A card is a block: it divides the line that it was in. */
function place(element: Element, card: HTMLElement): void {
  const line = element.closest('p')
  if (!line) {
    element.replaceWith(card)
    return
  }
  const rest = line.cloneNode() as Element
  while (element.nextSibling) rest.append(element.nextSibling)
  let outer: Element = element
  while (outer.parentElement && outer.parentElement !== line) outer = outer.parentElement
  while (outer.nextSibling) rest.append(outer.nextSibling)
  element.remove()
  line.after(card, rest)
  for (const part of [line, rest]) if (part.textContent?.trim() === '' && ![...part.childNodes].some(isBlock) && !part.querySelector('img')) part.remove()
}
