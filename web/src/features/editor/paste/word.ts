// Word and Outlook: lists that are paragraphs with a marker, the style Title, and rows that only hold the columns apart.
import { type StyleReader, sizeOf } from './styles'
import { commentsOf, isBlank, isElement, isList, nextSeen, rename, unwrap } from './tree'

export const isWord = (html: string): boolean => /urn:schemas-microsoft-com:office:(word|outlook)|class="?Mso|mso-list|content="?Microsoft Word|ListContainerWrapper|BulletListStyle\d/i.test(html)

export function fromWord(body: HTMLElement, styles: StyleReader): void {
  leaveImages(body)
  // By its own name: XML tags of Word are unknown to CSS.
  for (const element of [...body.getElementsByTagName('*')]) {
    if (/^(O|W|V|M|ST1):/.test(element.nodeName)) unwrap(element)
  }
  for (const title of body.querySelectorAll('p.MsoTitle')) rename(title, 'h1')
  for (const row of body.querySelectorAll<HTMLElement>('tr[height="0"]')) if (isBlank(row.textContent)) row.remove()
  const markers = readMarkers(body, styles)
  for (const heading of body.querySelectorAll('h1,h2,h3,h4,h5,h6')) {
    const marker = markers.get(heading)
    // The number of a heading is part of its text.
    if (marker && !isBullet(marker)) heading.prepend(`${marker} `)
  }
  makeLists(body, styles, markers)
  mergeOnline(body)
}

/** Pictures that only Word itself can draw, in a comment or in tags of its own. */
function leaveImages(body: HTMLElement): void {
  const leave = (node: Element | Comment, alt: string | null | undefined) => {
    if (node.parentElement?.closest('p,div,td')?.querySelector('img')) return
    const image = body.ownerDocument.createElement('img')
    if (alt) image.alt = alt
    node.before(image)
  }
  for (const comment of commentsOf(body)) {
    if (/^\[if gte vml/.test(comment.data) && /v:imagedata/.test(comment.data)) leave(comment, /<v:shape[^>]*\salt="([^"]*)"/.exec(comment.data)?.[1])
  }
  for (const data of [...body.getElementsByTagName('v:imagedata')]) leave(data, data.closest('[alt]')?.getAttribute('alt'))
}

const SYMBOLS = '·•◦▪▫■□●○§¨ØüÞ\\-–—o*\uf0b7\uf0a7\uf0d8\uf0fc\uf076\uf02d'
const isBullet = (marker: string) => new RegExp(`^[${SYMBOLS}]$`).test(marker)

/** The markers of items, which Word writes into the text; they are removed. */
function readMarkers(body: HTMLElement, styles: StyleReader): Map<Element, string> {
  const markers = new Map<Element, string>()
  const take = (node: Element | Comment, text: string) => {
    const item = node.parentElement?.closest('p,h1,h2,h3,h4,h5,h6,li,div')
    if (item && !isBlank(text)) markers.set(item, (markers.get(item) ?? '') + text.replace(/[\s\u00a0]+/g, ''))
  }
  for (const span of [...body.querySelectorAll('span')]) {
    if (!span.isConnected || styles.of(span).get('mso-list') !== 'ignore') continue
    take(span, span.textContent ?? '')
    span.remove()
  }
  for (const start of commentsOf(body)) {
    if (!/^\[if !supportLists\]/.test(start.data)) continue
    for (let node = start.nextSibling; node && !(node.nodeType === 8 && /endif/.test((node as Comment).data)); ) {
      const next = node.nextSibling
      take(start, node.textContent ?? '')
      node.remove()
      node = next
    }
  }
  return markers
}

interface Item {
  element: HTMLElement
  level: number
  list: string
  ordered: boolean
  start: number
}

const NUMBER = /^\(?(?:(\d+)|[a-z]|[ivxlc]+|(?:\d+\.)+\d*)[.)]?$/i
/** Without `mso-list`: a marker and some spaces at the start of a list paragraph. */
const TYPED = new RegExp(`^\\s*([${SYMBOLS}]|\\(?(?:\\d+|[a-z]|[ivx]+)[.)])[\\s\\u00a0]*\\u00a0[\\s\\u00a0]*`)

function itemOf(element: HTMLElement, styles: StyleReader, markers: Map<Element, string>): Item | null {
  if (element.nodeName !== 'P' && element.nodeName !== 'DIV') return null
  const given = /^(l\d+) level(\d+)/.exec(styles.of(element).get('mso-list') ?? '')
  let marker = markers.get(element) ?? ''
  if (given) {
    const [, list = '', level = '1'] = given
    const known = styles.numbered.get(`${list}:level${level}`)
    return { element, level: Number(level), list, ordered: known ?? (marker !== '' && !isBullet(marker) && NUMBER.test(marker)), start: Number.parseInt(marker, 10) || 1 }
  }
  if (!/MsoList(Paragraph|Bullet|Number)/.test(element.className)) return null
  const typed = marker === '' ? TYPED.exec(element.textContent ?? '') : null
  if (typed) {
    marker = typed[1] ?? ''
    removeStart(element, typed[0].length)
  }
  if (marker === '') return null
  const margin = sizeOf(styles.of(element).get('margin-left')) ?? 36
  return { element, level: Math.max(1, Math.round(margin / 36)), list: '', ordered: !isBullet(marker), start: Number.parseInt(marker, 10) || 1 }
}

function removeStart(element: HTMLElement, letters: number): void {
  let left = letters
  const walker = element.ownerDocument.createTreeWalker(element, 4)
  while (left > 0 && walker.nextNode()) {
    const text = walker.currentNode as Text
    const part = Math.min(left, text.data.length)
    text.data = text.data.slice(part)
    left -= part
  }
}

function makeLists(body: HTMLElement, styles: StyleReader, markers: Map<Element, string>): void {
  for (const first of [...body.querySelectorAll<HTMLElement>('p,div')]) {
    if (first.closest('li') || !first.isConnected) continue
    const item = itemOf(first, styles, markers)
    if (item) makeList(item, styles, markers)
  }
}

interface Level { level: number; list: HTMLElement; kind: string }

/** One list, of an item and those that follow it. */
function makeList(first: Item, styles: StyleReader, markers: Map<Element, string>): void {
  const { ownerDocument: document } = first.element
  const open: Level[] = []
  let place: Node = first.element
  let next: Node | null = null
  for (let item: Item | null = first; item; ) {
    const { element, level, ordered, start } = item
    next = nextSeen(element)
    const kind = `${item.list} ${ordered}`
    while ((open.at(-1)?.level ?? 0) > level) open.pop()
    let top = open.at(-1)
    if (top && top.level === level && top.kind !== kind) {
      open.pop()
      top = open.at(-1)
    }
    if (!top || top.level < level) {
      const list = document.createElement(ordered ? 'ol' : 'ul')
      if (ordered && start > 1) list.setAttribute('start', String(start))
      const outer = top?.list.lastElementChild
      if (outer) outer.append(list)
      else (place as ChildNode)[place === first.element ? 'before' : 'after'](list)
      if (!outer) place = list
      open.push({ level, list, kind })
    }
    const entry = document.createElement('li')
    open.at(-1)?.list.append(entry)
    entry.append(element.nodeName === 'P' ? element : rename(element, 'p'))
    // Paragraphs that belong to the item before.
    while (isElement(next) && /MsoList(Paragraph|Continue)/.test(next.className) && !styles.of(next).get('mso-list') && !markers.has(next) && !TYPED.test(next.textContent ?? '')) {
      const more: HTMLElement = next
      next = nextSeen(more)
      if (!isBlank(more.textContent)) entry.append(more)
    }
    item = isElement(next) ? itemOf(next, styles, markers) : null
  }
}

/** Word on the web writes a list for each item, with the level in an attribute. */
function mergeOnline(body: HTMLElement): void {
  for (const wrapper of body.querySelectorAll('div.ListContainerWrapper')) unwrap(wrapper)
  const levelOf = (list: Element) => Number(list.querySelector('li')?.getAttribute('data-aria-level') ?? 0)
  for (const list of [...body.querySelectorAll<HTMLElement>('ul,ol')]) {
    if (!list.isConnected || levelOf(list) === 0 || list.parentElement?.closest('ul,ol')) continue
    const open: { level: number; list: HTMLElement }[] = [{ level: levelOf(list), list }]
    for (let next = nextSeen(list); isList(next) && levelOf(next) > 0; next = nextSeen(list)) {
      const level = levelOf(next)
      while (open.length > 1 && (open.at(-1)?.level ?? 0) > level) open.pop()
      const top = open.at(-1)
      if (!top) break
      if (top.level < level) {
        top.list.lastElementChild?.append(next)
        open.push({ level, list: next })
      } else if (top.list.nodeName === next.nodeName) {
        top.list.append(...next.children)
        next.remove()
      } else if (open.length > 1) {
        top.list.after(next)
        open[open.length - 1] = { level, list: next }
      } else break
    }
  }
}
