// Footnotes of any program: a mark with a link to a place below it that has a link back. The words there become the note.
import { isBlank } from './tree'

/** The words of such a link: a number, a letter or a sign, also in brackets. */
const MARK = /^(?=.{1,6}$)[*†‡§¶‖[\]()^]*(?:\p{N}+|[ivxlcdm]+|\p{L})?[*†‡§¶‖[\]()^]*$/iu

/** Elements that a note, which is one line, cannot contain. Links to a heading and back are a table of contents. */
const NOT_IN_NOTES = 'h1,h2,h3,h4,h5,h6,table,pre,img'

/** The attribute that marks a footnote, so that it stays while the rest is cleaned. */
const KEPT = 'kept'

export function fixFootnotes(body: HTMLElement): void {
  // Our own, and those of Markdown.
  for (const number of body.querySelectorAll('sup[data-footnote]')) keep(number, number.getAttribute('data-footnote') ?? '')
  for (const notes of body.querySelectorAll('section[role="doc-endnotes"]')) if (body.querySelector('sup[data-footnote]')) notes.remove()
  const used = new Set<Element>()
  const places = new Map<string, Element>()
  for (const element of body.querySelectorAll('[id],a[name]')) for (const name of namesOf(element)) places.set(name, element)
  for (const link of body.querySelectorAll('a[href*="#"]')) {
    const hash = hashOf(link)
    // Places of comments in Word look the same.
    if (used.has(link) || !MARK.test((link.textContent ?? '').trim()) || /^_mso(com|anchor)/.test(hash)) continue
    const block = places.get(hash)?.closest('li,p,div,dd,td')
    if (!block || block.contains(link) || !(link.compareDocumentPosition(block) & Node.DOCUMENT_POSITION_FOLLOWING)) continue
    const names = [link, link.parentElement, link.firstElementChild].flatMap((element) => (element ? namesOf(element) : []))
    const backIn = (element: Element) => [...element.querySelectorAll('a[href*="#"]')].filter((one) => names.includes(hashOf(one)) && pageOf(one) === pageOf(link))
    const back = backIn(block)
    if (back.length === 0) continue
    const note = block.cloneNode(true) as Element
    for (const one of backIn(note)) (isAlone(one) ? one.parentElement : one)?.remove()
    if (note.querySelector(NOT_IN_NOTES) || note.querySelectorAll('li').length > 1) continue
    const around = isAlone(link) && link.parentElement?.nodeName === 'SUP' ? link.parentElement : link
    const number = body.ownerDocument.createElement('sup')
    keep(number, lineOf(note))
    around.replaceWith(number)
    for (const one of back) used.add(one)
    used.add(block)
  }
  for (const block of used) removeEmptied(block, body)
}

function keep(number: Element, note: string): void {
  number.className = KEPT
  number.setAttribute('data-footnote', note)
  // So that nobody takes it for an empty element.
  number.textContent = `[${note}]`
}

/** The name of the place that a link leads to. */
function hashOf(link: Element): string {
  const address = link.getAttribute('href') ?? ''
  const hash = address.slice(address.indexOf('#') + 1)
  try {
    return decodeURIComponent(hash)
  } catch {
    return hash
  }
}

/** The page that a link leads to. Browsers write the address of the copied page into its links, and nowhere else. */
function pageOf(link: Element): string {
  const address = link.getAttribute('href') ?? ''
  const page = address.slice(0, address.indexOf('#'))
  return page === link.baseURI.replace(/#.*$/s, '') ? '' : page
}

const namesOf = (element: Element): string[] => [element.id, element.getAttribute('name') ?? ''].filter((name) => name !== '')
const isAlone = (element: Element): boolean => ['SUP', 'SPAN'].includes(element.parentElement?.nodeName ?? '') && element.parentElement?.textContent === element.textContent
const lineOf = (note: Element): string => (note.textContent ?? '').replace(/[\s\u00a0]+/g, ' ').replace(/^[\s[\]^.)]+(?=\S)/, (sign) => (sign.includes('[') ? '[' : '')).trim()

/** Removes a note, and what holds nothing but notes: a list, its heading line. */
function removeEmptied(block: Element, body: Element): void {
  let around = block.parentElement
  // The line above the notes.
  const above = (around && isBlank(around.textContent?.replace(block.textContent ?? '', '') ?? '') ? around : block).previousElementSibling
  if (above?.nodeName === 'HR') above.remove()
  block.remove()
  while (around && around !== body && isBlank(around.textContent) && !around.querySelector('img')) {
    const next = around.parentElement
    around.remove()
    around = next
  }
}
