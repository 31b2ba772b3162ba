// What a clipboard holds, as content of a document.
import type { Fragment, Schema } from '@tiptap/pm/model'
import { type Cleaned, cleanHtml } from './clean'
import { contentOf } from './slice'
import { type Kind, kindOf, linesOfMarkdown, readCells, tableOf, unwrapLines } from './text'

export interface Given {
  html: string
  text: string
  /** Whether a code editor says that the text is Markdown. */
  isMarkdown?: boolean
}

export interface Content extends Pick<Cleaned, 'embedded'> {
  content: Fragment
  /** How plain text was read; null for HTML. */
  kind: Kind | null
}

/** From this many characters of HTML on, the steps are taken one by one, so that the page can react in between. */
const LONG = 50_000

/** HTML that contains nothing but the typeface: the plain text may contain more. */
const isBare = (html: string) => !/<(?!\/|!|meta|html|head|body|div|span|pre|br|code|p[\s>])[a-z]/i.test(html)

export async function contentFrom({ html, text, isMarkdown = false }: Given, schema: Schema): Promise<Content> {
  const kind = text === '' ? 'plain' : isMarkdown ? 'markdown' : kindOf(text)
  const isHtml = html !== '' && !(isBare(html) && kind === 'markdown')
  const source = isHtml ? html : await htmlOf(text, kind)
  const rest = () => (source.length > LONG ? new Promise((resolve) => setTimeout(resolve)) : undefined)
  await rest()
  const { body, embedded } = cleanHtml(source)
  await rest()
  return { content: contentOf(body, schema), embedded, kind: isHtml ? null : kind }
}

async function htmlOf(text: string, kind: Kind): Promise<string> {
  if (kind === 'markdown') return (await import('./markdown')).renderMarkdown(linesOfMarkdown(text))
  const cells = kind === 'cells' ? readCells(text) : null
  if (cells) return tableOf(cells)
  return kind === 'wrapped' ? unwrapLines(text) : plainLines(text)
}

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** Each line is a paragraph; empty lines hold them apart. */
const plainLines = (text: string): string => text.split(/\r\n?|\n/).filter((line) => line.trim() !== '').map((line) => `<p>${escaped(line)}</p>`).join('')
