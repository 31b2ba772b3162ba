// Highlights the passage at which a document was opened from a search, until the person presses Escape or goes on to
// another. Decorations, never marks.
import { Extension } from '@tiptap/core'
import type { Node } from '@tiptap/pm/model'
import { type EditorState, Plugin, PluginKey, type Transaction } from '@tiptap/pm/state'
import { Decoration, DecorationSet } from '@tiptap/pm/view'
import type { Match } from '../search'

const key = new PluginKey<DecorationSet>('matches')

export interface Range {
  from: number
  to: number
}

/** Highlights these ranges instead of others. */
export const showMatches = (state: EditorState, ranges: Range[]): Transaction => state.tr.setMeta(key, ranges).setMeta('addToHistory', false)

export const MatchMarks = Extension.create({
  name: 'matchMarks',
  addKeyboardShortcuts() {
    return {
      Escape: ({ editor }) => {
        if (key.getState(editor.state) !== DecorationSet.empty) editor.view.dispatch(showMatches(editor.state, []))
        return false
      },
    }
  },
  addProseMirrorPlugins: () => [
    new Plugin<DecorationSet>({
      key,
      state: {
        init: () => DecorationSet.empty,
        apply(tr, shown) {
          const ranges = tr.getMeta(key) as Range[] | undefined
          if (!ranges) return tr.docChanged ? shown.map(tr.mapping, tr.doc) : shown
          return ranges.length === 0 ? DecorationSet.empty : DecorationSet.create(tr.doc, ranges.map(({ from, to }) => Decoration.inline(from, to, { class: 'match' })))
        },
      },
      props: { decorations: (state) => key.getState(state) },
    }),
  ],
})

/**
 * Where the words of a match are: in the line that has its passage or, if the passage was changed, in the first line
 * that has one of its words.
 */
export function rangesOf(doc: Node, { passage, words }: Match): Range[] {
  const wanted = words.map((word) => word.toLowerCase())
  let found: Range[] = []
  let isPassage = false
  doc.descendants((node, at) => {
    if (!node.isTextblock || isPassage) return !node.isTextblock
    const text = node.textBetween(0, node.content.size, undefined, '\n')
    const start = passage === '' ? -1 : text.indexOf(passage)
    const [from, to] = start >= 0 ? [start, start + passage.length] : [0, text.length]
    if (start < 0 && found.length > 0) return false
    const ranges = occurrences(text.toLowerCase(), wanted, from, to).map((range) => ({ from: placeOf(node, at, range.from), to: placeOf(node, at, range.to) }))
    if (ranges.length > 0) [found, isPassage] = [ranges, start >= 0]
    return false
  })
  return found
}

function occurrences(text: string, words: string[], from: number, to: number): Range[] {
  return words.flatMap((word) => {
    const ranges: Range[] = []
    for (let at = text.indexOf(word, from); word !== '' && at >= 0 && at + word.length <= to; at = text.indexOf(word, at + word.length)) ranges.push({ from: at, to: at + word.length })
    return ranges
  })
}

/**
 * The place of a letter of a line. Nodes within a line take one place, and one letter of the text if they are breaks.
 */
function placeOf(line: Node, at: number, letter: number): number {
  let [place, left] = [at + 1, letter]
  for (let index = 0; index < line.childCount; index++) {
    const child = line.child(index)
    const letters = child.isText ? child.nodeSize : child.isLeaf ? 1 : 0
    if (left <= letters && child.isText) return place + left
    left -= letters
    place += child.nodeSize
  }
  return place
}
