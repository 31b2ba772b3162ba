// Pasted HTML of any program, with its structure kept and its styles dropped, in the tags that the schema reads.
import { wrapContents } from '../details/wrap'
import { fixCode, separateCodeAndLinks } from './code'
import { fixEmbeds } from './embeds'
import { fixFootnotes } from './footnotes'
import { type Embedded, readImages } from './images'
import { beginItems, fixLists } from './lists'
import { tagMarks } from './marks'
import { StyleReader, sizeOf } from './styles'
import { fixTables, isSpreadsheet } from './tables'
import { commentsOf, hasBlocks, isBlank, isBlock, isElement, isNothing, rename, textsOf, unwrap } from './tree'
import { fromWord, isWord } from './word'

export interface Cleaned {
  body: HTMLElement
  /** Images that came with the text, to be uploaded. */
  embedded: Embedded[]
}

export function cleanHtml(html: string): Cleaned {
  const document = new DOMParser().parseFromString(withoutStyles(html), 'text/html')
  const { body } = document
  const styles = new StyleReader(document)
  fixEmbeds(body)
  for (const element of body.querySelectorAll('script,style,meta,link,title,xml,template,noscript,iframe,object,svg,button,select,textarea,head')) element.remove()
  fixFootnotes(body)
  dropHidden(body, styles)
  if (isWord(html)) fromWord(body, styles)
  if (/docs-internal-guid/.test(html)) fromDocs(body, styles)
  if (/Cocoa HTML Writer|"Apple-/.test(html)) fromCocoa(body, styles)
  for (const title of body.querySelectorAll('p.title,p.Title')) rename(title, 'h1')
  for (const comment of commentsOf(body)) comment.remove()
  fixCallouts(body)
  fixCode(body, styles)
  fixLinks(body)
  separateCodeAndLinks(body)
  fixLists(body, styles)
  fixTables(body, styles, isSpreadsheet(html))
  tagMarks(body, styles)
  const embedded = readImages(body)
  freeImages(body)
  breakLines(body)
  beginItems(body)
  wrapContents(body)
  return { body, embedded }
}

/**
 * Keeps style attributes under another name: the policy of the page reports every style, even in a document that is
 * never shown.
 */
const withoutStyles = (html: string) => html
  .replace(/<(\/?)style\b/gi, '<$1textarea')
  .replace(/<[a-z][^<>]*>/gi, (tag) => tag.replace(/\sstyle(?=\s*=)/gi, ' data-style'))

function dropHidden(body: HTMLElement, styles: StyleReader): void {
  for (const element of [...body.querySelectorAll('*')]) {
    const own = styles.of(element)
    const isHidden = own.get('display') === 'none' || own.get('mso-hide') === 'all' || /^(comment|footnote|endnote)-list/.test(own.get('mso-element') ?? '')
    if (isHidden) element.remove()
    else if (own.has('mso-spacerun') || own.has('mso-tab-count') || element.matches('.Apple-converted-space,.Apple-tab-span')) element.replaceWith(' ')
    else if (element.matches('br.Apple-interchange-newline,a.MsoCommentReference,.sr-only')) element.remove()
  }
}

/** Google Docs: everything is in one `<b>`, and a title is a large line. */
function fromDocs(body: HTMLElement, styles: StyleReader): void {
  for (const guid of [...body.querySelectorAll('[id^="docs-internal-guid"]')]) {
    if (guid.nodeName === 'B') unwrap(guid)
  }
  for (const line of [...body.querySelectorAll('p')]) {
    const sizes = [...line.querySelectorAll('span')].map((span) => sizeOf(styles.of(span).get('font-size')) ?? 0)
    if (sizes.length > 0 && sizes.every((size) => size >= 24) && !line.closest('li,td')) rename(line, 'h1')
  }
}

/** Pages, Notes and TextEdit have no headings: a line much larger than most is one. */
function fromCocoa(body: HTMLElement, styles: StyleReader): void {
  const lines = [...body.querySelectorAll('p')].map((line) => ({ line, size: sizeOf(styles.of(line).get('font-size')) ?? sizeOf(styles.of(line.querySelector('span,b') ?? line).get('font-size')) ?? 0 }))
  const letters = new Map<number, number>()
  for (const { line, size } of lines) letters.set(size, (letters.get(size) ?? 0) + (line.textContent ?? '').length)
  const usual = [...letters].sort((a, b) => b[1] - a[1])[0]?.[0] ?? 0
  if (usual === 0) return
  for (const { line, size } of lines) {
    if (size < usual * 1.25 || isBlank(line.textContent) || line.closest('li,td')) continue
    rename(line, size >= usual * 1.6 ? 'h1' : 'h2')
  }
}

/** Reads callouts. GitHub's have the same kinds as ours; those of Notion and Confluence have no kind, or different kinds. */
function fixCallouts(body: HTMLElement): void {
  for (const box of body.querySelectorAll('div.markdown-alert, .notion-callout-block, figure.callout, div.confluence-information-macro')) {
    const kind = /markdown-alert-(note|tip|important|warning|caution)/.exec(box.className)?.[1] ?? (/warning/.test(box.className) ? 'warning' : 'note')
    for (const title of box.querySelectorAll('.markdown-alert-title')) title.remove()
    rename(box, 'div').setAttribute('data-callout', kind)
  }
}

/** Some programs copy links as redirects through themselves: replaces each redirect with its target. */
function fixLinks(body: HTMLElement): void {
  for (const link of [...body.querySelectorAll('a')]) {
    const href = targetOf((link.getAttribute('href') ?? '').trim())
    if (/^(https?:|mailto:|tel:|\/(?!\/))/i.test(href)) {
      link.setAttribute('href', href)
      for (const name of ['title', 'class', 'target', 'rel']) link.removeAttribute(name)
    } else unwrap(link)
  }
}

function targetOf(href: string): string {
  const isDetour = /^https:\/\/www\.google\.com\/url\?|^https:\/\/[\w.]+\.safelinks\.protection\.outlook\.com\//.test(href)
  if (!isDetour) return href
  const { searchParams } = new URL(href)
  const target = searchParams.get('q') ?? searchParams.get('url') ?? ''
  return /^https?:\/\//.test(target) ? target : href
}

/** An image is a block of its own: a line that holds nothing else is not kept as a line. */
function freeImages(body: HTMLElement): void {
  for (const image of body.querySelectorAll('img')) {
    const line = image.closest('p')
    if (line && isBlank(line.textContent)) unwrap(line)
  }
}

/** Removes breaks and empty lines that only separate blocks. Two breaks within a line separate two paragraphs. */
function breakLines(body: HTMLElement): void {
  for (const block of [body, ...body.querySelectorAll<HTMLElement>('p,div,td,th,blockquote,section,article')]) {
    if (hasBlocks(block)) for (const line of [...block.children]) {
      const isBeside = isBlock(line.previousElementSibling) || isBlock(line.nextElementSibling)
      if (line.nodeName === 'BR' && isBeside && isFree(line)) line.remove()
    } else split(block)
  }
  for (const line of [...body.querySelectorAll('p,div,h1,h2,h3,h4,h5,h6,li')]) {
    if (isNothing(line) && line.nodeName !== 'LI') line.remove()
    else trim(line)
  }
  for (const text of textsOf(body)) {
    if (isBlank(text.data) && (!text.previousSibling || isBlock(text.previousSibling)) && (!text.nextSibling || isBlock(text.nextSibling)) && isElement(text.parentElement) && hasBlocks(text.parentElement)) text.remove()
  }
}

/** A break that is not within the words of a line. */
const isFree = (line: Element) => [line.previousSibling, line.nextSibling].every((node) => !node || isBlock(node) || node.nodeName === 'BR' || isNothing(node))

function split(block: HTMLElement): void {
  const parts: Node[][] = [[]]
  const nodes = [...block.childNodes]
  nodes.forEach((node, index) => {
    const isBreak = node.nodeName === 'BR'
    const besideBreak = [index - 1, index + 1].some((beside) => nodes[beside]?.nodeName === 'BR')
    if (!isBreak || !besideBreak) parts.at(-1)?.push(node)
    else if (parts.at(-1)?.length) parts.push([])
  })
  const filled = parts.filter((part) => part.some((node) => !isNothing(node)))
  if (filled.length < 2) return
  const lines = filled.map((part) => {
    const line = block.ownerDocument.createElement('p')
    line.append(...part)
    return line
  })
  if (block.nodeName === 'P') block.replaceWith(...lines)
  else block.replaceChildren(...lines)
}

/** Removes hard spaces and breaks at both ends. */
function trim(line: Element): void {
  while (line.lastChild && (line.lastChild.nodeName === 'BR' || (line.lastChild.nodeType === 3 && isBlank(line.lastChild.textContent)))) line.lastChild.remove()
  const texts = textsOf(line)
  const [first, last] = [texts[0], texts.at(-1)]
  if (first && !first.parentElement?.closest('pre')) first.data = first.data.replace(/^[\u00a0\s]+/, '')
  if (last && !last.parentElement?.closest('pre')) last.data = last.data.replace(/[\u00a0\s]+$/, '')
}
