// How a suggestion looks in a text that it is not part of: struck words, proposed ones beside them, and labels.
import type { Node } from '@tiptap/pm/model'
import { Decoration } from '@tiptap/pm/view'
import type { Json, Shown, SuggestionView } from '../api'
import { content, label } from './dom'
import { labelOf } from './words'

/** The decorations of a suggestion have its id in their spec. */
export function decorate(doc: Node, { from, to }: { from: number; to: number }, { id, author_name, kind }: Pick<SuggestionView, 'id' | 'author_name' | 'kind'>, shown: Pick<Shown, 'after' | 'block'>, looks: { id: string; color: string | undefined }): Decoration[] {
  const made: Decoration[] = []
  const attributes = (className: string) => ({ class: className, 'data-suggestion': id, title: author_name, ...(looks.color && { style: `--person: ${looks.color}` }) })
  const isStruck = kind === 'delete' || kind === 'replace'
  const { schema } = doc.type
  if (to > from && kind !== 'join') {
    // not a text: classes
    made.push(Decoration.inline(from, to, isStruck ? { nodeName: 'del', ...attributes('suggestion removed') } : attributes('suggestion formatted'), { id, isMark: true }))
    if (isStruck) {
      doc.nodesBetween(from, to, (node, at) => {
        // not a text: classes
        if (node.isBlock && node.isLeaf && at >= from && at + node.nodeSize <= to) made.push(Decoration.node(at, at + node.nodeSize, attributes('suggestion removed-block'), { id }))
      })
    }
  }
  const widget = (at: number, dom: () => HTMLElement, words: string) => made.push(Decoration.widget(at, dom, { id, side: 1, key: `${id} ${words}`, ignoreSelection: true }))
  const words = labelOf(kind, to > from ? ((doc.slice(from, to).content.toJSON() as Json[] | null) ?? []) : [], shown)
  if (words !== null) widget(kind === 'block' ? from : kind === 'join' ? Math.min(from, to) : to, () => label(words, looks), words)
  else if (shown.after.length > 0) widget(to, () => content(schema, shown.after, 'ins', looks), JSON.stringify(shown.after))
  return made
}
