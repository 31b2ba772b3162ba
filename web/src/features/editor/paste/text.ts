// Plain text with a structure: Markdown, the cells of a spreadsheet, or the lines of a PDF, broken at its page width.
import { isNumber } from './tables'

export type Kind = 'markdown' | 'cells' | 'wrapped' | 'plain'

export function kindOf(text: string): Kind {
  const lines = text.replace(/\r\n?/g, '\n').split('\n')
  if (readCells(text)) return 'cells'
  if (markdownIn(lines)) return 'markdown'
  return isWrapped(lines) ? 'wrapped' : 'plain'
}

const FENCE = /^ {0,3}(```|~~~)/
const BLOCK_SIGNS = [/^ {0,3}#{1,6} +\S/, /^\s*[-*+] \[[ xX]\] /, /^ {0,3}\|? *:?-{2,}:? *(\| *:?-{2,}:? *)+\|?\s*$/]
const INLINE_SIGNS = [/\[[^\]\n]+\]\((https?:\/\/|mailto:|\/|#)[^\s)]*\)/, /(^|[\s(])\*\*[^\s*][^*\n]*\*\*/, /!\[[^\]\n]*\]\([^\s)]+\)/, /(^|\s)`[^`\n]+`/, /(^|\s)~~[^\s~][^~\n]*~~/]
/** Patterns of program code and logs. */
const CODE = /[;{}]\s*$|^\s*(import|from|export|const|let|var|def|class|function|return|if|for|while|echo|sudo|use|fn|pub|#include|#!|\/\/|<\/?\w+)\b|=>|^\s*\w+\(.*\)\s*:?\s*$|^[\w.-]+\s*=\s*\S/

/** Whether lines are Markdown: by its blocks, or only by the marks within lines. */
function markdownIn(lines: string[]): 'blocks' | 'marks' | null {
  const fences = lines.filter((line) => FENCE.test(line)).length
  if (fences >= 2) return 'blocks'
  const filled = lines.filter((line) => line.trim() !== '')
  if (filled.length === 0) return null
  const codes = filled.filter((line) => CODE.test(line)).length
  if (codes > filled.length / 3) return null
  const count = (sign: RegExp) => filled.filter((line) => sign.test(line)).length
  const hasBlocks = BLOCK_SIGNS.some((sign) => count(sign) > 0) || count(/^ {0,3}[-*+] +\S/) >= 2 || count(/^ {0,3}\d{1,3}[.)] +\S/) >= 2 || count(/^ {0,3}> ?\S/) >= 1 || (filled.length > 1 && count(/^ {0,3}([-*_])( *\1){2,}\s*$/) > 0)
  if (hasBlocks) return 'blocks'
  return INLINE_SIGNS.some((sign) => count(sign) > 0) ? 'marks' : null
}

/** Rows of cells with tabs between them, as spreadsheets write them; null if it is something else. */
export function readCells(text: string): string[][] | null {
  if (!text.includes('\t')) return null
  const rows: string[][] = [[]]
  const pattern = /(?:"((?:[^"]|"")*)"(?=[\t\n\r]|$)|([^\t\n\r]*))(\t|\r\n?|\n|$)/y
  const whole = text.replace(/(\r\n?|\n)$/, '')
  while (pattern.lastIndex < whole.length || rows.at(-1)?.length === 0) {
    const found = pattern.exec(whole)
    if (!found) return null
    const [all, quoted, plain = '', end] = found
    rows.at(-1)?.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'))
    if (all === '' || end === '') break
    if (end !== '\t') rows.push([])
    else if (pattern.lastIndex === whole.length) {
      rows.at(-1)?.push('')
      break
    }
  }
  const columns = rows[0]?.length ?? 0
  // Lines that begin with tabs are indented.
  const areIndented = rows.filter(([first]) => first?.trim() === '').length > rows.length / 2
  return rows.length > 1 && columns > 1 && !areIndented && rows.every(({ length }) => length === columns) ? rows : null
}

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

export function tableOf(rows: string[][]): string {
  const isHeader = rows[0]?.every((cell) => cell.trim() !== '' && !isNumber(cell)) === true
  const row = (cells: string[], tag: string) => `<tr>${cells.map((cell) => `<${tag}>${cell.split(/\r\n?|\n/).map((line) => `<p>${escaped(line)}</p>`).join('')}</${tag}>`).join('')}</tr>`
  return `<table>${rows.map((cells, index) => row(cells, index === 0 && isHeader ? 'th' : 'td')).join('')}</table>`
}

const ENDS = /[.!?:;"”’)\]]\s*$/
const BULLET = /^\s*([•·▪◦‣–-]|\d{1,3}[.)])\s+/

/** Whether lines are wrapped: of nearly the same length, and broken in the middle of sentences. */
function isWrapped(lines: string[]): boolean {
  const filled = lines.map((line) => line.trim()).filter((line) => line !== '')
  if (filled.length < 3) return false
  const longest = Math.max(...filled.map(({ length }) => length))
  if (longest < 40 || longest > 130) return false
  const joints = filled.slice(0, -1).filter((line, index) => !ENDS.test(line) && line.length >= longest * 0.7 && /^[\p{Ll}\p{N}(]/u.test(filled[index + 1] ?? ''))
  const full = filled.filter(({ length }) => length >= longest * 0.7)
  return joints.length >= Math.max(1, full.length * 0.4) && full.length >= filled.length * 0.3
}

/** Markdown in which line breaks count: without blocks, each line is a paragraph. */
export function linesOfMarkdown(text: string): string {
  const lines = text.replace(/\r\n?/g, '\n').split('\n')
  return markdownIn(lines) === 'marks' && !isWrapped(lines) ? lines.join('\n\n') : text
}

/** Joins wrapped lines to paragraphs and list items. */
export function unwrapLines(text: string): string {
  const lines = text.replace(/\r\n?/g, '\n').split('\n').map((line) => line.trim())
  const longest = Math.max(...lines.map(({ length }) => length))
  const blocks: { text: string; marker: string | null }[] = []
  let last = ''
  for (const line of lines) {
    const open = blocks.at(-1)
    const marker = BULLET.exec(line)?.[0] ?? null
    // A short line that ends a sentence ends its paragraph.
    const isNew = !open || last === '' || marker !== null || (last.length < longest * 0.7 && ENDS.test(last)) || (last.length < longest * 0.5 && /^[\p{Lu}\p{N}]/u.test(line))
    if (line !== '') {
      if (isNew) blocks.push({ text: marker ? line.slice(marker.length) : line, marker })
      else if (/\p{L}-$/u.test(open.text) && /^\p{Ll}/u.test(line)) open.text = open.text.slice(0, -1) + line
      else open.text += ` ${line}`
    }
    last = line
  }
  let html = ''
  let list = ''
  for (const { text, marker } of blocks) {
    const kind = marker === null ? '' : /\d/.test(marker) ? 'ol' : 'ul'
    if (kind !== list) html += `${list && `</${list}>`}${kind && `<${kind}>`}`
    list = kind
    html += kind ? `<li><p>${escaped(text)}</p></li>` : `<p>${escaped(text)}</p>`
  }
  return html + (list && `</${list}>`)
}
