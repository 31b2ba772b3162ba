// "/" at the start of a word: a list of blocks, filtered while one types, all by keyboard.
import { type Editor, Extension, type Range } from '@tiptap/core'
import { Suggestion } from '@tiptap/suggestion'
import { SuggestionMenu } from './SuggestionMenu'

interface Item {
  title: string
  hint: string
  run: (editor: Editor, range: Range) => void
}

const block = (title: string, hint: string, run: (chain: ReturnType<Editor['chain']>) => ReturnType<Editor['chain']>): Item => ({
  title,
  hint,
  run: (editor, range) => run(editor.chain().focus().deleteRange(range)).run(),
})

export const ITEMS: Item[] = [
  block('Heading 1', '#', (chain) => chain.setNode('heading', { level: 1 })),
  block('Heading 2', '##', (chain) => chain.setNode('heading', { level: 2 })),
  block('Heading 3', '###', (chain) => chain.setNode('heading', { level: 3 })),
  block('Bullet list', '-', (chain) => chain.toggleBulletList()),
  block('Numbered list', '1.', (chain) => chain.toggleOrderedList()),
  block('Task list', '[ ]', (chain) => chain.toggleTaskList()),
  block('Table', '3 × 3', (chain) => chain.insertTable({ rows: 3, cols: 3, withHeaderRow: true })),
  block('Quote', '>', (chain) => chain.toggleBlockquote()),
  block('Code', '```', (chain) => chain.toggleCodeBlock()),
  block('Divider', '---', (chain) => chain.setHorizontalRule()),
  block('Upload an image or file', 'PNG, PDF, …', (chain) => chain.pickFiles()),
  {
    title: 'Image by URL',
    hint: 'https://…',
    run: (editor, range) => {
      const src = prompt('Address of the image (https://…)')
      const chain = editor.chain().focus().deleteRange(range)
      if (src && /^https?:\/\//.test(src)) chain.setImage({ src })
      chain.run()
    },
  },
]

export const matching = (query: string): Item[] => ITEMS.filter(({ title }) => title.toLowerCase().includes(query.toLowerCase()))

export const SlashMenu = Extension.create({
  name: 'slashMenu',
  addProseMirrorPlugins() {
    return [
      Suggestion<Item>({
        editor: this.editor,
        char: '/',
        items: ({ query }) => matching(query),
        command: ({ editor, range, props }) => props.run(editor, range),
        render: SuggestionMenu.render('Insert', ({ title, hint }) => ({ title, hint })),
      }),
    ]
  },
})
