// "/" at the start of a word: a list of blocks, filtered while one types, all by keyboard.
import { type Editor, Extension, type Range } from '@tiptap/core'
import { CALLOUTS } from '../../callouts'
import { written } from '../../dates'
import type { DrawingKind } from './drawings/kinds'
import { t } from './messages'
import { offering } from './offering'

interface Options {
  /** Asks for the address of an image. */
  onImage: () => void
  /** Asks for the address of a card. */
  onEmbed: () => void
}

interface Item {
  title: string
  hint: string
  aliases: string[]
  run: (editor: Editor, range: Range) => void
}

type Chain = ReturnType<Editor['chain']>

const block = (title: string, hint: string, aliases: string, run: (chain: Chain) => Chain): Item => ({
  title,
  hint,
  aliases: aliases.split(' '),
  run: (editor, range) => run(editor.chain().focus().deleteRange(range)).run(),
})

/** Code that is drawn; in an empty line, with something to begin with. */
const drawn = (language: DrawingKind, source: string) => (chain: Chain): Chain =>
  chain.setNode('codeBlock', { language }).command(({ tr }) => {
    if (tr.selection.$from.parent.content.size === 0) tr.insertText(source)
    return true
  })

const ITEMS = ({ onImage, onEmbed }: Options): Item[] => [
  block(t.heading1, '#', t.heading1Words, (chain) => chain.setNode('heading', { level: 1 })),
  block(t.heading2, '##', t.heading2Words, (chain) => chain.setNode('heading', { level: 2 })),
  block(t.heading3, '###', t.heading3Words, (chain) => chain.setNode('heading', { level: 3 })),
  block(t.text, '', t.textWords, (chain) => chain.setParagraph()),
  block(t.bulletList, '-', t.bulletListWords, (chain) => chain.toggleBulletList()),
  block(t.numberedList, '1.', t.numberedListWords, (chain) => chain.toggleOrderedList()),
  block(t.taskList, '[ ]', t.taskListWords, (chain) => chain.toggleTaskList()),
  block(t.table, '3 × 3', t.tableWords, (chain) => chain.insertTable({ rows: 3, cols: 3, withHeaderRow: true })),
  block(t.quote, '>', t.quoteWords, (chain) => chain.toggleBlockquote()),
  block(t.callout, '[!note]', t.calloutWords, (chain) => chain.toggleCallout('note')),
  block(CALLOUTS.tip, '[!tip]', t.calloutTipWords, (chain) => chain.toggleCallout('tip')),
  block(CALLOUTS.warning, '[!warning]', t.calloutWarningWords, (chain) => chain.toggleCallout('warning')),
  block(t.toggle, '', t.toggleWords, (chain) => chain.toggleDetails()),
  block(t.code, '```', t.codeWords, (chain) => chain.toggleCodeBlock()),
  // not a text: what Mermaid reads
  block(t.diagram, '```mermaid', t.diagramWords, drawn('mermaid', `flowchart LR\n  A[${t.diagramFrom}] --> B[${t.diagramTo}]`)),
  // not a text: a formula
  block(t.formula, '```math', t.formulaWords, drawn('math', 'a^2 + b^2 = c^2')),
  {
    title: t.footnote,
    hint: '[^1]',
    aliases: t.footnoteWords.split(' '),
    run: (editor, range) => {
      // The number follows the word before it directly: the space was only typed for the slash.
      const { parent, parentOffset } = editor.state.doc.resolve(range.from)
      const hasSpace = /\S $/.test(parent.textBetween(0, parentOffset, undefined, '\ufffc'))
      editor.chain().focus().deleteRange({ from: range.from - (hasSpace ? 1 : 0), to: range.to }).insertFootnote().run()
    },
  },
  block(t.divider, '---', t.dividerWords, (chain) => chain.setHorizontalRule()),
  // not a text: names of formats
  block(t.uploadAnImageOrFile, 'PNG, PDF, …', t.uploadWords, (chain) => chain.pickFiles()),
  {
    title: t.imageByUrl,
    hint: 'https://…',
    aliases: t.imageByUrlWords.split(' '),
    run: (editor, range) => {
      editor.chain().focus().deleteRange(range).run()
      onImage()
    },
  },
  {
    title: t.card,
    hint: 'https://…',
    aliases: t.cardWords.split(' '),
    run: (editor, range) => {
      editor.chain().focus().deleteRange(range).run()
      onEmbed()
    },
  },
  block(t.dateToday, t.atToday, t.dateTodayWords, (chain) => chain.insertContent(`${written(new Date())} `)),
]

/** Finds blocks by the beginning of their names, or of other names for them, or by a part of these. */
export const matching = (items: Item[], query: string): Item[] => {
  const words = query.toLowerCase()
  return items.filter(({ title, aliases }) => title.toLowerCase().includes(words) || aliases.some((alias) => alias.startsWith(words)))
}

export const SlashMenu = Extension.create<Options>({
  name: 'slashMenu',
  addOptions: () => ({ onImage: () => {}, onEmbed: () => {} }),
  addProseMirrorPlugins() {
    const items = ITEMS(this.options)
    return [
      offering<Item>({
        editor: this.editor,
        name: 'slashMenu',
        sign: '/',
        items: (query) => matching(items, query),
        insert: (editor, range, item) => item.run(editor, range),
        menu: { label: t.insert, option: ({ title, hint }) => ({ title, hint }), nothing: (query) => t.nothingIsCalled({ query }) },
      }),
    ]
  },
})
