// For tests: Markdown as a browser shows it, by markdown-it, without the line feeds that it puts between blocks.
import MarkdownIt from 'markdown-it'
import { alerts } from './alerts'
import { wrapContents } from './details/wrap'
import { footnotes } from './footnotes'

const markdown = new MarkdownIt({ html: true }).use(alerts).use(footnotes)
// Addresses are not normalised, so that they can be compared.
markdown.normalizeLink = (url) => url
markdown.validateLink = () => true

/** Task lists, as GitHub reads them. */
markdown.core.ruler.after('inline', 'tasks', ({ tokens }) => {
  for (const [index, { type, content, children }] of tokens.entries()) {
    const box = /^\[([ x])\] /.exec(content)
    const item = tokens[index - 2]
    if (type !== 'inline' || !box || item?.type !== 'list_item_open') continue
    item.attrSet('data-type', 'taskItem')
    item.attrSet('data-checked', String(box[1] === 'x'))
    const list = tokens.slice(0, index).findLast(({ type, level }) => type === 'bullet_list_open' && level === item.level - 1)
    list?.attrSet('data-type', 'taskList')
    const first = children?.[0]
    if (first) first.content = first.content.slice(4)
  }
})

/** markdown-it leaves escaped characters out of the alternative text of an image. */
markdown.core.ruler.push('alternatives', ({ tokens }) => {
  const images = tokens.flatMap(({ children }) => children ?? []).filter(({ type }) => type === 'image')
  for (const part of images.flatMap(({ children }) => children ?? [])) {
    if (part.type === 'text_special') part.type = 'text'
  }
})

const BLOCKS = 'P,UL,OL,LI,BLOCKQUOTE,DIV,DETAILS,SUMMARY,TABLE,THEAD,TBODY,TR,PRE,H1,H2,H3,H4,H5,H6,HR,BODY'.split(',')
const isBlock = (node: Node | null) => node !== null && BLOCKS.includes(node.nodeName)

export function render(text: string, parse: (html: string) => HTMLElement): HTMLElement {
  const body = parse(markdown.render(text))
  const walker = body.ownerDocument.createTreeWalker(body, 4)
  const texts: Text[] = []
  while (walker.nextNode()) texts.push(walker.currentNode as Text)
  for (const text of texts) {
    const parent = text.parentElement
    if (parent?.closest('pre')) {
      text.data = text.data.replace(/\n$/, '')
    } else if (text.previousSibling?.nodeName === 'BR') {
      text.data = text.data.replace(/^\n/, '')
    }
    if (parent?.matches('li, blockquote, div, details, body, ul, ol, table, thead, tbody, tr') && (isBlock(text.nextSibling) || !text.nextSibling || text.nextSibling.nodeType === 8)) {
      text.data = text.data.replace(/\n$/, '')
    }
    if (parent?.matches('blockquote, div, details, body, ul, ol, table, thead, tbody, tr, li') && /^\n*$/.test(text.data)) text.remove()
  }
  // Markdown names the files of a document by their ids; the editor's own HTML does so in attributes.
  for (const image of body.querySelectorAll('img[src^="attachment:"]')) {
    image.setAttribute('data-attachment', (image.getAttribute('src') ?? '').slice('attachment:'.length))
    image.removeAttribute('src')
  }
  for (const image of body.querySelectorAll('img[src^="file:"]')) {
    image.setAttribute('data-file', (image.getAttribute('src') ?? '').slice('file:'.length))
    image.removeAttribute('src')
  }
  for (const image of body.querySelectorAll('img[src^="embed:"]')) {
    image.setAttribute('data-embed', (image.getAttribute('src') ?? '').slice('embed:'.length))
    image.removeAttribute('src')
  }
  // A link to a page by its id, which readers of Markdown show as a link with a title.
  for (const link of body.querySelectorAll('a[title="Page"][href^="/documents/"]')) link.setAttribute('data-page', link.getAttribute('href')?.slice('/documents/'.length) ?? '')
  for (const image of body.querySelectorAll('p > img:only-child, p > a:only-child > img:only-child')) {
    const line = image.closest('p')
    if (line && line.textContent === '') line.replaceWith(...line.childNodes)
  }
  // An item begins with a line: the editor's parser moves other blocks out of an item without one.
  for (const item of body.querySelectorAll('li')) {
    const first = [...item.childNodes].find((node) => node.nodeType !== 8)
    const isLinkedImage = first?.nodeName === 'A' && first.textContent === ''
    if (first?.nodeName === 'IMG' || isLinkedImage || (isBlock(first ?? null) && first?.nodeName !== 'P')) item.prepend(body.ownerDocument.createElement('p'))
  }
  for (const image of body.querySelectorAll('img[data-file]')) {
    const card = body.ownerDocument.createElement('figure')
    card.setAttribute('data-file', image.getAttribute('data-file') ?? '')
    card.textContent = image.getAttribute('alt')
    image.replaceWith(card)
  }
  for (const image of body.querySelectorAll('img[data-embed]')) {
    const card = body.ownerDocument.createElement('figure')
    card.setAttribute('data-embed', image.getAttribute('data-embed') ?? '')
    card.setAttribute('data-title', image.getAttribute('alt') ?? '')
    image.replaceWith(card)
  }
  wrapContents(body)
  return body
}
