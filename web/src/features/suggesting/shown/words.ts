// What a suggestion does, in words.
import type { Schema } from '@tiptap/pm/model'
import type { Json, Kind, Shown, Stands, State } from '../api'
import { t } from '../messages'

export const KINDS: { value: Kind; label: string }[] = [
  { value: 'insert', label: t.insertions }, { value: 'delete', label: t.deletions }, { value: 'replace', label: t.replacements }, { value: 'format', label: t.formatting },
  { value: 'split', label: t.lineBreaks }, { value: 'join', label: t.joinedLines }, { value: 'block', label: t.kindsOfBlock },
]

export const STATES: Record<State, string> = { open: t.stateOpen, accepted: t.accepted, rejected: t.rejected, withdrawn: t.withdrawn }

/** Why a suggestion cannot be accepted, in words that are shown beside it. */
export const STANDS: Record<Exclude<Stands, 'stands'>, string> = { gone: t.gone, changed: t.changed, already: t.already, invalid: t.invalid }

const MARKS: Record<string, string> = { bold: t.bold, italic: t.italic, underline: t.underline, strike: t.strikethrough, code: t.code, link: t.link, highlight: t.highlight, textColor: t.textColor, subscript: t.subscript, superscript: t.superscript }
const BLOCKS: Record<string, string> = {
  paragraph: t.text, bulletList: t.bulletList, orderedList: t.numberedList, taskList: t.taskList, blockquote: t.quote, codeBlock: t.codeBlock, callout: t.callout, details: t.toggle, detailsSummary: t.summary, detailsContent: t.toggle,
  listItem: t.listItem, table: t.table, tableRow: t.row, tableCell: t.cell, tableHeader: t.headerCell, image: t.image, fileCard: t.file, embed: t.card, horizontalRule: t.divider,
}

/** The name of a block, such as "heading 2". */
export function blockName(block: Json | undefined): string {
  const { type = '', attrs = {} } = (block ?? {}) as { type?: string; attrs?: Record<string, unknown> }
  const name = type === 'heading' ? t.headingOfLevel({ level: Number(attrs.level ?? 1) }) : BLOCKS[type]
  const side = { left: t.left, center: t.centered, right: t.right }[String(attrs.textAlign)]
  if (name && side) return `${name}, ${side}`
  if (type === 'taskItem') return attrs.checked ? t.taskDone : t.taskOpen
  return name ?? type
}

type Marked = { marks?: { type: string }[] }
const marksOf = (nodes: readonly Json[]): Set<string> => new Set(nodes.flatMap((node) => ((node as Marked).marks ?? []).map(({ type }) => type)))

/** The formats that were added and removed between two contents: "bold", "not italic". */
export function formatNames(before: readonly Json[], after: readonly Json[]): string {
  const [had, has] = [marksOf(before), marksOf(after)]
  const name = (mark: string) => MARKS[mark] ?? mark
  const names = [...[...has].filter((mark) => !had.has(mark)).map(name), ...[...had].filter((mark) => !has.has(mark)).map((mark) => t.not({ format: name(mark) }))]
  return names.join(', ') || t.otherFormat
}

export const plainText = (nodes: readonly Json[]): string =>
  nodes.map((node) => (typeof node.text === 'string' ? node.text : node.type === 'footnote' ? ` [${String((node.attrs as { text?: string } | undefined)?.text ?? '')}]` : plainText((node.content as Json[] | undefined) ?? []))).join('')

/** A label in the text for a change that neither inserts nor deletes. */
export function labelOf(kind: Kind, before: readonly Json[], { after, block }: Pick<Shown, 'after' | 'block'>): string | null {
  if (kind === 'format') return formatNames(before, after)
  if (kind === 'block') return blockName(block)
  // Words that are inserted at the break are shown instead of a label.
  if (kind === 'split') return after.length > 0 ? null : t.newLine
  if (kind === 'join') return t.joinLines
  return null
}

/** Whether content is lines or blocks, rather than words within a line. */
export const areBlocks = (nodes: readonly Json[], schema: Schema): boolean => nodes.some(({ type }) => schema.nodes[String(type)]?.isBlock)
