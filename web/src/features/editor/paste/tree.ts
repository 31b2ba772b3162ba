// Walking and changing a pasted document. It is inert: nothing in it is loaded or run.

const BLOCKS = 'p,div,h1,h2,h3,h4,h5,h6,ul,ol,li,dl,dt,dd,blockquote,pre,table,thead,tbody,tfoot,tr,td,th,hr,figure,section,article,header,footer,main,aside,nav,address,center,details,summary,form'
const BLOCK_NAMES = new Set(BLOCKS.toUpperCase().split(','))

export const isElement = (node: Node | null | undefined): node is HTMLElement => node?.nodeType === 1
export const isBlock = (node: Node | null | undefined): node is HTMLElement => isElement(node) && BLOCK_NAMES.has(node.nodeName)
export const isList = (node: Node | null | undefined): node is HTMLElement => isElement(node) && (node.nodeName === 'UL' || node.nodeName === 'OL')
/** The block that a text is in. */
export const blockOf = (text: Text): Element | null => text.parentElement?.closest(BLOCKS) ?? null
export const hasBlocks = (element: Element): boolean => element.querySelector(BLOCKS) !== null

/** Spaces of every kind, and characters without width. */
const BLANK = /^[\s\u00a0\u200b\ufeff]*$/
export const isBlank = (text: string | null): boolean => BLANK.test(text ?? '')

/** Whether there is nothing in a node that anybody could see. */
export const isNothing = (node: Node): boolean =>
  node.nodeType === 8 || (node.nodeType === 3 && isBlank(node.textContent)) ||
  (isElement(node) && isBlank(node.textContent) && !node.matches('img,hr,input,table') && !node.querySelector('img,hr,input,table'))

export function unwrap(element: Element): void {
  element.replaceWith(...element.childNodes)
}

export function rename(element: Element, name: string): HTMLElement {
  const renamed = element.ownerDocument.createElement(name)
  renamed.append(...element.childNodes)
  element.replaceWith(renamed)
  return renamed
}

export function textsOf(root: Node): Text[] {
  const walker = (root.ownerDocument ?? (root as Document)).createTreeWalker(root, 4)
  const texts: Text[] = []
  while (walker.nextNode()) texts.push(walker.currentNode as Text)
  return texts
}

export function commentsOf(root: Node): Comment[] {
  const walker = (root.ownerDocument ?? (root as Document)).createTreeWalker(root, 128)
  const comments: Comment[] = []
  while (walker.nextNode()) comments.push(walker.currentNode as Comment)
  return comments
}

/** The next sibling that can be seen. */
export function nextSeen(node: Node): Node | null {
  let next = node.nextSibling
  while (next && (next.nodeType === 8 || (next.nodeType === 3 && isBlank(next.textContent)))) next = next.nextSibling
  return next
}

export function previousSeen(node: Node): Node | null {
  let previous = node.previousSibling
  while (previous && (previous.nodeType === 8 || (previous.nodeType === 3 && isBlank(previous.textContent)))) previous = previous.previousSibling
  return previous
}
