// Footnotes of any program: a link to a place below the text that has a link back. The words there become the note.
import { isBlank } from './tree'

/** What stays of a footnote while the rest is cleaned. */
const KEPT = 'kept'

export function fixFootnotes(body: HTMLElement): void {
  // Our own, and those of Markdown.
  for (const number of body.querySelectorAll('sup[data-footnote]')) keep(number, number.getAttribute('data-footnote') ?? '')
  for (const notes of body.querySelectorAll('section[role="doc-endnotes"]')) if (body.querySelector('sup[data-footnote]')) notes.remove()
  const used = new Set<Element>()
  const places = new Map<string, Element>()
  for (const element of body.querySelectorAll('[id],a[name]')) for (const name of namesOf(element)) places.set(name, element)
  for (const link of [...body.querySelectorAll('a[href*="#"]')]) {
    const target = places.get(hashOf(link))
    const block = target?.closest('li,p,div,dd,td')
    if (!target || !block || block.contains(link) || used.has(link)) continue
    const names = [link, link.parentElement, link.firstElementChild].flatMap((element) => (element ? namesOf(element) : []))
    const back = [...block.querySelectorAll('a[href*="#"]')].filter((one) => names.includes(hashOf(one)))
    // Places of comments in Word look the same.
    if (back.length === 0 || /^_mso(com|anchor)/.test(hashOf(link))) continue
    const note = block.cloneNode(true) as Element
    for (const one of note.querySelectorAll('a[href*="#"]')) if (names.includes(hashOf(one))) (isAlone(one) ? one.parentElement : one)?.remove()
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

const hashOf = (link: Element): string => decodeURIComponent(/#(.*)$/.exec(link.getAttribute('href') ?? '')?.[1] ?? '')
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
