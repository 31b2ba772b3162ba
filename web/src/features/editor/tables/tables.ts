// Tables: their columns can be made wider, cells are aligned without inline styles, and rows are sorted by a column.
import { type Editor, Extension } from '@tiptap/core'
import { Table, TableCell, TableHeader, TableRow } from '@tiptap/extension-table'
import { Fragment, type Node } from '@tiptap/pm/model'
import type { EditorState } from '@tiptap/pm/state'
import { TableMap } from '@tiptap/pm/tables'
import { locale } from '../../../language/language'

/** The policy of the page blocks style attributes, so the alignment is an attribute of HTML. */
const align = { renderHTML: ({ align }: Record<string, unknown>) => (typeof align === 'string' && /^(left|center|right)$/.test(align) ? { align } : {}) }

const aligned = {
  addAttributes(this: { parent?: () => Record<string, object> }) {
    const attributes = this.parent?.() ?? {}
    return { ...attributes, align: { ...attributes.align, ...align } }
  },
}

declare module '@tiptap/core' {
  interface Commands<ReturnType> {
    tables: {
      /** Sorts the rows below the header by the column of the caret. */
      sortRows: (direction: 'up' | 'down') => ReturnType
    }
  }
}

const Sorting = Extension.create({
  name: 'sorting',
  addCommands: () => ({
    sortRows: (direction) => ({ state, tr, dispatch }) => {
      const { $from } = state.selection
      const depth = depthOf($from.depth, (at) => $from.node(at).type.name === 'table')
      if (depth === null) return false
      const table = $from.node(depth)
      const map = TableMap.get(table)
      if (hasMerged(table)) return false
      const start = $from.start(depth)
      const column = map.colCount($from.before(depth + 2) - start)
      const rows = table.children
      const heads = rows.findIndex((row) => !row.children.every(({ type }) => type.name === 'tableHeader'))
      const body = rows.slice(Math.max(heads, 0))
      if (body.length < 2) return false
      const sorted = sortedBy(body, column, direction)
      if (dispatch && sorted.some((row, index) => row !== body[index])) {
        const from = start + rows.slice(0, Math.max(heads, 0)).reduce((sum, row) => sum + row.nodeSize, 0)
        tr.replaceWith(from, start + table.content.size, Fragment.from(sorted))
        tr.setSelection((state.selection.constructor as unknown as { near: (at: unknown) => typeof state.selection }).near(tr.doc.resolve(from + 2)))
      }
      return true
    },
  }),
})

function depthOf(deepest: number, is: (depth: number) => boolean): number | null {
  for (let depth = deepest; depth > 0; depth--) if (is(depth)) return depth
  return null
}

export function hasMerged(table: Node): boolean {
  let found = false
  table.descendants(({ attrs }) => {
    found ||= attrs.rowspan > 1 || attrs.colspan > 1
    return !found
  })
  return found
}

const NUMBER = /^[^\p{L}\d-]*(-?[\d.,'’\s\u00a0]*\d)[^\p{L}\d]*$/u

/** "1,200.50", "1.200,50" and "11 %" are numbers. */
export function numberOf(text: string): number | null {
  const digits = NUMBER.exec(text.trim())?.[1]?.replace(/['’\s\u00a0]/g, '')
  if (!digits) return null
  const decimal = /[.,](?=\d{1,2}$|\d{4,}$)/.exec(digits)?.index ?? (/^-?\d+[.]\d+$/.test(digits) ? digits.indexOf('.') : -1)
  const whole = (decimal < 0 ? digits : digits.slice(0, decimal)).replace(/[.,]/g, '')
  return Number(decimal < 0 ? whole : `${whole}.${digits.slice(decimal + 1)}`)
}

const words = new Intl.Collator(locale, { numeric: true })

/** Numbers by their value, words by the alphabet, empty cells last. Equal rows keep their order. */
export function sortedBy(rows: readonly Node[], column: number, direction: 'up' | 'down'): Node[] {
  const texts = new Map(rows.map((row) => [row, row.maybeChild(column)?.textContent.trim() ?? '']))
  const of = (row: Node) => texts.get(row) ?? ''
  const sign = direction === 'up' ? 1 : -1
  return rows.toSorted((a, b) => {
    if (of(a) === '' || of(b) === '') return Number(of(a) === '') - Number(of(b) === '')
    const [first, second] = [numberOf(of(a)), numberOf(of(b))]
    return sign * (first !== null && second !== null ? first - second : words.compare(of(a), of(b)))
  })
}

/** Where the cell of the caret is; null outside of tables, and where several cells are selected. */
export function cellAt({ selection: { $from, $to } }: EditorState): number | null {
  const depth = depthOf($from.sharedDepth($to.pos), (at) => /^table(Cell|Header)$/.test($from.node(at).type.name))
  return depth === null ? null : $from.before(depth)
}

/** The table at the caret, in the page. */
export function tableAt({ view, state }: Editor): HTMLElement | null {
  const { $from } = state.selection
  const depth = depthOf($from.depth, (at) => $from.node(at).type.name === 'table')
  if (depth === null) return null
  const dom = view.nodeDOM($from.before(depth))
  return dom instanceof HTMLElement ? dom : null
}

export const tables = [
  Table.configure({ resizable: true, cellMinWidth: 64, lastColumnResizable: true }),
  TableCell.extend(aligned),
  TableHeader.extend(aligned),
  TableRow,
  Sorting,
]
