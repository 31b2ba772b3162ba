// Addresses that become links while one writes.
import { combineTransactionSteps, findChildrenInRange, getChangedRanges } from '@tiptap/core'
import type { MarkType } from '@tiptap/pm/model'
import { type EditorState, Plugin, PluginKey, type Transaction } from '@tiptap/pm/state'
import { ySyncPluginKey } from '@tiptap/y-tiptap'
import { addressesIn } from './address'

/** Marks a transaction after which nothing becomes a link: a person just decided about one. */
export const UNLINKED = 'unlinked'

/** An address becomes a link when a space is typed behind it, or its line ends. */
export const linkTyped = (type: MarkType): Plugin =>
  new Plugin({
    key: new PluginKey('linkTyped'),
    appendTransaction: (transactions, before, { doc, schema, tr }) => {
      if (!transactions.some(({ docChanged }) => docChanged)) return null
      // What others write, and what is undone, is none of this.
      if (transactions.some((one) => one.getMeta(UNLINKED) || one.getMeta(ySyncPluginKey))) return null
      for (const { newRange } of getChangedRanges(combineTransactionSteps(before.doc, [...transactions]))) {
        const end = endOfWord({ doc }, newRange)
        if (end === null) continue
        const start = doc.resolve(end).start()
        const word = /\S+$/.exec(doc.textBetween(start, end, undefined, ' '))
        const found = word && addressesIn(word[0])[0]
        if (!found) continue
        const [from, to] = [end - word[0].length + found.from, end - word[0].length + found.to]
        const isTaken = doc.rangeHasMark(from, to, type) || (schema.marks.code && doc.rangeHasMark(from, to, schema.marks.code))
        if (!isTaken) tr.addMark(from, to, type.create({ href: found.href }))
      }
      return tr.docChanged ? tr : null
    },
  })

/** Where the word before the space that was just typed ends, or the line that was just ended; null if it was neither. */
function endOfWord({ doc }: Pick<EditorState, 'doc'>, { from, to }: { from: number; to: number }): number | null {
  const [first, second] = findChildrenInRange(doc, { from, to }, (node) => node.isTextblock)
  if (!first) return null
  if (second) return first.pos + 1 + first.node.content.size
  const space = /\s$/.exec(doc.textBetween(from, to, ' ', ' '))
  return space && doc.resolve(to).parent.isTextblock ? to - 1 : null
}

/** An address that is pasted onto selected words becomes their link. */
export const linkPasted = (type: MarkType): Plugin =>
  new Plugin({
    key: new PluginKey('linkPasted'),
    props: {
      handlePaste: ({ state, dispatch }: { state: EditorState; dispatch: (tr: Transaction) => void }, _event, slice) => {
        const { empty, from, to } = state.selection
        const text = slice.content.textBetween(0, slice.content.size, '\n')
        const [found] = empty ? [] : addressesIn(text)
        if (!found || found.from > 0 || found.to < text.length) return false
        dispatch(state.tr.addMark(from, to, type.create({ href: found.href })).setMeta(UNLINKED, true))
        return true
      },
    },
  })
