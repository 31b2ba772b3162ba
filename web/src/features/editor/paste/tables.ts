// Tables: which row is the header, tables that only lay out a mail, and code that is shown as a table.
import { type StyleReader, isBoldWeight } from './styles'
import { isBlank, rename, textsOf, unwrap } from './tree'

export const isSpreadsheet = (html: string): boolean => /urn:schemas-microsoft-com:office:excel|google-sheets-html-origin|content="?Microsoft Excel|<meta name="generator" content="LibreOffice[^>]*>[\s\S]*<table[^>]*(cellspacing="0" border="0"|data-sheets)/i.test(html)

export function fixTables(body: HTMLElement, styles: StyleReader, fromSpreadsheet: boolean): void {
  for (const column of body.querySelectorAll('colgroup,col')) column.remove()
  for (const cell of body.querySelectorAll('td,th')) {
    const align = styles.of(cell).get('text-align') ?? cell.getAttribute('align')
    if (align === 'right' || align === 'center') cell.setAttribute('align', align)
    else cell.removeAttribute('align')
  }
  for (const caption of body.querySelectorAll('caption')) caption.closest('table')?.before(rename(caption, 'p'))
  for (const table of [...body.querySelectorAll('table')]) {
    if (isLayout(table)) unwrapTable(table)
    else if (!table.querySelector('th')) markHeader(table, styles, fromSpreadsheet)
  }
}

/** Tables in tables, and tables of one cell, are how mails are laid out. */
const isLayout = (table: HTMLTableElement) => table.querySelector('table') !== null || table.querySelectorAll('td,th').length <= 1 || table.getAttribute('role') === 'presentation'

function unwrapTable(table: HTMLTableElement): void {
  for (const cell of [...table.querySelectorAll('td,th')].filter((cell) => cell.closest('table') === table)) rename(cell, 'div')
  for (const part of [...table.querySelectorAll('tr,tbody,thead,tfoot')].filter((part) => part.closest('table') === table)) unwrap(part)
  unwrap(table)
}

/** Whether all that is written in an element is bold. */
function isBold(cell: Element, styles: StyleReader): boolean {
  return textsOf(cell).filter(({ data }) => !isBlank(data)).every((text) => {
    for (let element = text.parentElement; element; element = element.parentElement) {
      const said = isBoldWeight(styles.of(element).get('font-weight')) ?? (/^(B|STRONG|TH)$/.test(element.nodeName) || undefined)
      if (said !== undefined) return said
      if (element === cell) break
    }
    return false
  })
}

export const isNumber = (text: string): boolean => /\d/.test(text) && /^[\s\u00a0]*[-+(]?[\p{Sc}]?[\s\u00a0]*[\d.,'’\s\u00a0]+[)%‰]?[\s\u00a0]*[\p{Sc}]?[\s\u00a0]*$/u.test(text)

function markHeader(table: HTMLTableElement, styles: StyleReader, fromSpreadsheet: boolean): void {
  const [first, second] = table.querySelectorAll('tr')
  if (!first || !second) return
  const cells = [...first.children]
  const texts = cells.map(({ textContent }) => (textContent ?? '').trim())
  const filled = cells.filter((_, index) => !isBlank(texts[index] ?? ''))
  const areNames = texts.length > 1 && texts.every((text) => text !== '' && !isNumber(text))
  const isHeader = filled.length > 0 && (filled.every((cell) => isBold(cell, styles)) || (fromSpreadsheet && areNames))
  if (!isHeader) return
  for (const cell of cells) {
    const header = rename(cell, 'th')
    for (const name of ['colspan', 'rowspan', 'align']) {
      const value = cell.getAttribute(name)
      if (value) header.setAttribute(name, value)
    }
  }
}
