// Code: of editors, which show it as styled lines, and of pages, which show it as preformatted text or a table of lines.
import { type StyleReader, isMonospaced } from './styles'
import { hasBlocks, isBlock, rename } from './tree'

export function fixCode(body: HTMLElement, styles: StyleReader): void {
  for (const table of body.querySelectorAll('table')) {
    const lines = table.querySelectorAll('td.blob-code,td.react-code-text,td.hljs-ln-code,td.code-line')
    if (lines.length > 0 && lines.length === table.querySelectorAll('tr').length) table.replaceWith(block(body, [...lines].map(({ textContent }) => textContent ?? '').join('\n'), null))
  }
  for (const element of [...body.querySelectorAll<HTMLElement>('div,p')]) {
    const own = styles.of(element)
    if (element.isConnected && /^pre(-wrap)?$/.test(own.get('white-space') ?? '') && isMonospaced(own.get('font-family'))) fromEditor(element)
  }
  for (const pre of [...body.querySelectorAll('pre')]) {
    const language = languageOf(pre)
    pre.replaceWith(block(body, linesOf(pre).replace(/\n$/, ''), language))
  }
}

/** The lines of a code editor. A single one is a part of a sentence. */
function fromEditor(element: HTMLElement): void {
  const text = linesOf(element)
  if (text.trim().includes('\n')) element.replaceWith(block(element, text.replace(/\n$/, ''), null))
  else element.replaceWith(text)
}

function linesOf(element: Element): string {
  let text = ''
  const walk = (node: Node) => {
    for (const child of node.childNodes) {
      if (child.nodeType === 3) text += child.textContent
      else if (child.nodeName === 'BR') text += '\n'
      else {
        if (isBlock(child) && text !== '' && !text.endsWith('\n')) text += '\n'
        walk(child)
        if (isBlock(child) && !hasBlocks(child) && !text.endsWith('\n')) text += '\n'
      }
    }
  }
  walk(element)
  return text.replaceAll('\u00a0', ' ').replace(/\r\n?/g, '\n')
}

function languageOf(pre: Element): string | null {
  const around = [pre.querySelector('code'), pre, pre.parentElement]
  for (const element of around) {
    const named = /(?:^|\s)(?:language-|lang-|highlight-source-|brush:\s*)([\w+#-]+)/.exec(element?.getAttribute('class') ?? '')
    const said = named?.[1] ?? element?.getAttribute('data-language') ?? element?.getAttribute('data-lang')
    if (said && said !== 'plaintext' && said !== 'none') return said
  }
  return null
}

function block(within: Element, text: string, language: string | null): HTMLElement {
  const pre = within.ownerDocument.createElement('pre')
  const code = within.ownerDocument.createElement('code')
  code.textContent = text
  if (language) code.className = `language-${language}`
  pre.append(code)
  return pre
}

/** The schema holds a link or code, not both at once: the address is what cannot be written again. */
export function separateCodeAndLinks(body: HTMLElement): void {
  for (const code of [...body.querySelectorAll('code,tt,kbd,samp')]) {
    if (code.closest('pre')) continue
    if (code.closest('a[href]') || code.querySelector('a[href]')) rename(code, 'span')
  }
}
