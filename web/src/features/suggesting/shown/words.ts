// What a suggestion does, in words.
import type { Schema } from '@tiptap/pm/model'
import type { Json, Kind, Shown, State, Stands } from '../api'

export const KINDS: { value: Kind; label: string }[] = [
  { value: 'insert', label: 'Insertions' }, { value: 'delete', label: 'Deletions' }, { value: 'replace', label: 'Replacements' }, { value: 'format', label: 'Formatting' },
  { value: 'split', label: 'Line breaks' }, { value: 'join', label: 'Joined lines' }, { value: 'block', label: 'Kinds of block' },
]

export const STATES: Record<State, string> = { open: 'Open', accepted: 'Accepted', rejected: 'Rejected', withdrawn: 'Withdrawn' }

/** Why a suggestion can't be accepted, with its words beside it. */
export const STANDS: Record<Exclude<Stands, 'stands'>, string> = {
  gone: 'The text that this is about was deleted.',
  changed: 'The text that this is about has changed since.',
  already: 'The text already says this.',
  invalid: 'This no longer fits the place where it was made.',
}

const MARKS: Record<string, string> = { bold: 'bold', italic: 'italic', underline: 'underline', strike: 'strikethrough', code: 'code', link: 'link' }
const BLOCKS: Record<string, string> = {
  paragraph: 'text', bulletList: 'bullet list', orderedList: 'numbered list', taskList: 'task list', blockquote: 'quote', codeBlock: 'code block',
  listItem: 'list item', taskItem: 'task', table: 'table', tableRow: 'row', tableCell: 'cell', tableHeader: 'header cell', image: 'image', fileCard: 'file', horizontalRule: 'divider',
}

/** The name of a block, such as "heading 2". */
export function blockName(block: Json | undefined): string {
  const { type = '', attrs = {} } = (block ?? {}) as { type?: string; attrs?: Record<string, unknown> }
  if (type === 'heading') return `heading ${attrs.level ?? ''}`.trim()
  if (type === 'taskItem') return attrs.checked ? 'task done' : 'task open'
  return BLOCKS[type] ?? type
}

type Marked = { marks?: { type: string }[] }
const marksOf = (nodes: readonly Json[]): Set<string> => new Set(nodes.flatMap((node) => ((node as Marked).marks ?? []).map(({ type }) => type)))

/** The formats that content has and other content has not, and the other way round: "bold", "not italic". */
export function formatNames(before: readonly Json[], after: readonly Json[]): string {
  const [had, has] = [marksOf(before), marksOf(after)]
  const name = (mark: string) => MARKS[mark] ?? mark
  const names = [...[...has].filter((mark) => !had.has(mark)).map(name), ...[...had].filter((mark) => !has.has(mark)).map((mark) => `not ${name(mark)}`)]
  return names.join(', ') || 'formatting'
}

export const plainText = (nodes: readonly Json[]): string =>
  nodes.map((node) => (typeof node.text === 'string' ? node.text : plainText((node.content as Json[] | undefined) ?? []))).join('')

/** A label in the text for what is neither inserted nor deleted. */
export function labelOf(kind: Kind, before: readonly Json[], { after, block }: Pick<Shown, 'after' | 'block'>): string | null {
  if (kind === 'format') return formatNames(before, after)
  if (kind === 'block') return blockName(block)
  if (kind === 'split') return 'new line'
  if (kind === 'join') return 'join lines'
  return null
}

/** Whether content is lines or blocks, rather than words within a line. */
export const areBlocks = (nodes: readonly Json[], schema: Schema): boolean => nodes.some(({ type }) => schema.nodes[String(type)]?.isBlock)
