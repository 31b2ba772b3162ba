// A part of a text as Markdown, for the clipboard: as the server writes whole documents (docs/text.md), with what Markdown
// cannot express left out.
import type { Fragment, Mark, Node } from '@tiptap/pm/model'
import { calloutKindOf } from '../../../callouts'

/** The outermost first. Signs, or tags where Markdown has none. */
const MARKS: Record<string, (mark: Mark) => [string, string]> = {
  link: ({ attrs }) => ['[', `](${target(String(attrs.href ?? ''))})`],
  // not a text: tags
  highlight: ({ attrs }) => [attrs.color ? `<mark data-color="${attrs.color}">` : '<mark>', '</mark>'],
  // not a text: tags
  textColor: ({ attrs }) => [`<span data-color="${attrs.color}">`, '</span>'],
  bold: () => ['**', '**'],
  italic: () => ['*', '*'],
  strike: () => ['~~', '~~'],
  underline: () => ['<u>', '</u>'],
  subscript: () => ['<sub>', '</sub>'],
  superscript: () => ['<sup>', '</sup>'],
}
const ORDER = Object.keys(MARKS)

/** An address in brackets can hold anything but these. */
const target = (address: string) => (/[\s()<>\\]/.test(address) ? `<${address.replace(/[\n\r]/g, '').replace(/[<>\\]/g, '\\$&')}>` : address)

const escaped = (text: string) => text.replace(/[\\`*_~[\]<>&|]/g, '\\$&')
/** What would begin a list, a heading, a quote, a rule or a fence. */
const safeLine = (line: string) => line.replace(/^(\s*)([-+=#>]|~~~|```)/, '$1\\$2').replace(/^(\s*\d{1,9})([.)])(?=\s|$)/, '$1\\$2')

const longest = (text: string, sign: string) => Math.max(0, ...[...text.matchAll(new RegExp(`${sign}+`, 'g'))].map(([run]) => run.length))

function codeSpan(text: string): string {
  const fence = '`'.repeat(longest(text, '`') + 1)
  const pad = /^`|`$|^ .* $/.test(text) ? ' ' : ''
  return `${fence}${pad}${text}${pad}${fence}`
}

/** The notes of the text that is being written. */
let notes: string[] = []

/** Joins two parts. Before a colon, a reference to a note would become a definition; before a bracket, a link. */
const joined = (before: string, next: string) => (/\[\^\d+\]$/.test(before) ? before + (/^[:(]/.test(next) ? '\\' : /^\[(?!\^)/.test(next) ? '<!-- -->' : '') : before) + next

function atom(node: Node, isCell: boolean): string {
  const { attrs } = node
  switch (node.type.name) {
    case 'hardBreak': return isCell ? '<br>' : '\\\n'
    case 'pageLink': return `[Page](/documents/${attrs.document} "Page")`
    case 'image': return image(node)
    case 'embed': return `![${escaped(String(attrs.title ?? ''))}](<embed:${String(attrs.href ?? '').replace(/[\n\r]/g, '').replace(/[<>\\]/g, '\\$&')}>)`
    case 'footnote': return `[^${notes.push(String(attrs.text ?? ''))}]`
    case 'file': return `![${escaped(String(attrs.name ?? ''))}](<file:${attrs.attachment}>)`
    default: return escaped(node.textContent)
  }
}

function image({ attrs: { attachment, src, alt, title, href } }: Node): string {
  const caption = title ? ` "${String(title).replace(/["\\]/g, '\\$&')}"` : ''
  const shown = `![${escaped(String(alt ?? ''))}](<${attachment ? `attachment:${attachment}` : String(src ?? '')}>${caption})`
  return href ? `[${shown}](${target(String(href))})` : shown
}

/** Nodes of one line. The `outer` marks are already written around them. */
function inline(nodes: readonly Node[], isCell: boolean, outer: readonly Mark[] = []): string {
  let out = ''
  for (let at = 0; at < nodes.length; ) {
    const node = nodes[at] as Node
    const mark = ORDER.flatMap((name) => node.marks.filter((one) => one.type.name === name && !outer.includes(one)))[0]
    let end = at + 1
    if (mark) while (end < nodes.length && nodes[end]?.marks.some((one) => one.eq(mark))) end++
    const part = mark ? within(mark, inline(nodes.slice(at, end), isCell, [...outer, ...nodes.slice(at, end).flatMap(({ marks }) => marks.filter((one) => one.eq(mark)))]), mark.type.name) : plain(node, isCell)
    out = joined(out, part)
    at = end
  }
  return out
}

function plain(node: Node, isCell: boolean): string {
  if (!node.isText) return atom(node, isCell)
  const text = node.text ?? ''
  if (!node.marks.some(({ type }) => type.name === 'code')) return escaped(text)
  return isCell ? codeSpan(text).replaceAll('|', '\\|') : codeSpan(text)
}

/** Markers must touch words: white space goes outside of them. */
function within(mark: Mark, text: string, name: string): string {
  const [open, close] = (MARKS[name] as (mark: Mark) => [string, string])(mark)
  const [, before = '', words = '', after = ''] = /^(\s*)([\s\S]*?)(\s*)$/.exec(text) ?? []
  return words === '' ? text : `${before}${open}${words}${close}${after}`
}

const indented = (text: string, first: string, rest: string) => text.split('\n').map((line, index) => (index === 0 ? first + line : line === '' ? rest.trimEnd() : rest + line)).join('\n')

const childrenOf = (node: Node): Node[] => [...node.content.content]
const line = (node: Node) => inline(childrenOf(node), false).split('\n').map((one) => safeLine(one.trim())).join('\n')

function list(node: Node): string {
  return childrenOf(node).map((item, index) => {
    const sign = node.type.name === 'orderedList' ? `${Number(node.attrs.start ?? 1) + index}. ` : node.type.name === 'taskList' ? `- [${item.attrs.checked ? 'x' : ' '}] ` : '- '
    const [first, ...rest] = childrenOf(item)
    const isTight = first?.type.name === 'paragraph' && /List$/.test(rest[0]?.type.name ?? '')
    const text = isTight ? `${block(first as Node)}\n${blocks(rest)}` : blocks(childrenOf(item))
    return indented(text, sign, ' '.repeat(sign.startsWith('-') ? 2 : sign.length))
  }).join('\n')
}

function table(node: Node): string {
  const cellText = (cell: Node) => childrenOf(cell).map((one) => (one.isTextblock ? inline(childrenOf(one), true) : escaped(one.textContent))).join('<br>').replaceAll('\n', ' ').trim()
  const rows = childrenOf(node).map((row) => childrenOf(row).map(cellText))
  const width = Math.max(...rows.map(({ length }) => length))
  const row = (cells: readonly string[]) => `| ${Array.from({ length: width }, (_, at) => cells[at] ?? '').join(' | ')} |`
  const rules: Record<string, string> = { left: ':---', center: ':---:', right: '---:' }
  const sides = Array.from({ length: width }, (_, at) => rules[String(node.firstChild?.maybeChild(at)?.attrs.align)] ?? '---')
  return [row(rows[0] ?? []), row(sides), ...rows.slice(1).map(row)].join('\n')
}

function block(node: Node): string {
  const { attrs } = node
  switch (node.type.name) {
    case 'heading': return `${'#'.repeat(Number(attrs.level ?? 1))} ${inline(childrenOf(node), true).trim().replace(/#$/, '\\#')}`.trim()
    case 'bulletList': case 'orderedList': case 'taskList': return list(node)
    case 'blockquote': return indented(blocks(childrenOf(node)), '> ', '> ')
    case 'callout': return indented(`[!${calloutKindOf(attrs.kind).toUpperCase()}]\n${blocks(childrenOf(node))}`, '> ', '> ')
    case 'details': return `<details>\n<summary>${escapedHtml(node.firstChild?.textContent ?? '')}</summary>\n\n${blocks(childrenOf(node).slice(1))}\n\n</details>`
    case 'codeBlock': {
      const fence = '`'.repeat(Math.max(2, longest(node.textContent, '`')) + 1)
      return `${fence}${String(attrs.language ?? '').split(/\s/)[0]}\n${node.textContent}\n${fence}`
    }
    case 'table': return table(node)
    case 'horizontalRule': return '---'
    case 'image': case 'file': case 'embed': return atom(node, false)
    default: return node.inlineContent ? line(node) : blocks(childrenOf(node))
  }
}

const escapedHtml = (text: string) => text.replace(/[&<>]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[sign] ?? sign)

/** Two lists that follow each other stay two. */
const isList = (node: Node | undefined) => /List$/.test(node?.type.name ?? '')

function blocks(nodes: readonly Node[]): string {
  const all = nodes.map((node) => ({ node, text: node.isInline ? inline([node], false) : block(node) })).filter(({ text }) => text !== '')
  return all.map(({ node, text }, index) => (index === 0 ? text : `\n\n${isList(node) && isList(all[index - 1]?.node) ? '<!-- -->\n\n' : ''}${text}`)).join('')
}

/** Whole blocks, or words of one line. */
export function markdownOf(content: Fragment): string {
  const nodes = [...content.content]
  notes = []
  const isInLine = nodes.every(({ isInline }) => isInline)
  const text = isInLine ? inline(nodes, false) : `${blocks(nodes)}\n`
  if (notes.length === 0) return text
  return `${text}${isInLine ? '\n' : ''}\n${notes.map((note, index) => `[^${index + 1}]: ${safeLine(escaped(note).trim())}`.trim()).join('\n')}\n`
}
