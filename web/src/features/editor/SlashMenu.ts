// "/" at the start of a word: a list of blocks, filtered while one types, all by keyboard.
import { type Editor, Extension, type Range } from '@tiptap/core'
import { Suggestion } from '@tiptap/suggestion'
import { SuggestionMenu } from './SuggestionMenu'
import { written } from './typing/dates'

interface Options {
  /** Asks for the address of an image. */
  onImage: () => void
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

const ITEMS = ({ onImage }: Options): Item[] => [
  block('Heading 1', '#', 'h1 title', (chain) => chain.setNode('heading', { level: 1 })),
  block('Heading 2', '##', 'h2 subtitle section', (chain) => chain.setNode('heading', { level: 2 })),
  block('Heading 3', '###', 'h3', (chain) => chain.setNode('heading', { level: 3 })),
  block('Text', '', 'paragraph plain normal', (chain) => chain.setParagraph()),
  block('Bullet list', '-', 'ul unordered points', (chain) => chain.toggleBulletList()),
  block('Numbered list', '1.', 'ol ordered', (chain) => chain.toggleOrderedList()),
  block('Task list', '[ ]', 'todo to-do checklist checkbox', (chain) => chain.toggleTaskList()),
  block('Table', '3 × 3', 'grid cells spreadsheet', (chain) => chain.insertTable({ rows: 3, cols: 3, withHeaderRow: true })),
  block('Quote', '>', 'blockquote citation', (chain) => chain.toggleBlockquote()),
  block('Code', '```', 'codeblock pre snippet', (chain) => chain.toggleCodeBlock()),
  block('Divider', '---', 'hr line rule separator', (chain) => chain.setHorizontalRule()),
  block('Upload an image or file', 'PNG, PDF, …', 'picture photo attachment', (chain) => chain.pickFiles()),
  {
    title: 'Image by URL',
    hint: 'https://…',
    aliases: ['picture', 'photo', 'link'],
    run: (editor, range) => {
      editor.chain().focus().deleteRange(range).run()
      onImage()
    },
  },
  block('Date today', '@today', 'now', (chain) => chain.insertContent(`${written(new Date())} `)),
]

/** By what their names, or other names for them, begin with or have within. */
export const matching = (items: Item[], query: string): Item[] => {
  const words = query.toLowerCase()
  return items.filter(({ title, aliases }) => title.toLowerCase().includes(words) || aliases.some((alias) => alias.startsWith(words)))
}

export const SlashMenu = Extension.create<Options>({
  name: 'slashMenu',
  addOptions: () => ({ onImage: () => {} }),
  addProseMirrorPlugins() {
    const items = ITEMS(this.options)
    return [
      Suggestion<Item>({
        editor: this.editor,
        char: '/',
        items: ({ query }) => matching(items, query),
        command: ({ editor, range, props }) => props.run(editor, range),
        render: SuggestionMenu.render({ label: 'Insert', option: ({ title, hint }) => ({ title, hint }), nothing: (query) => `Nothing is called “${query}”.` }),
      }),
    ]
  },
})
