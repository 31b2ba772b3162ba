// "/" at the start of a word: a list of blocks, filtered while one types, all by keyboard.
import { type Editor, Extension, type Range } from '@tiptap/core'
import { Suggestion, type SuggestionKeyDownProps, type SuggestionProps } from '@tiptap/suggestion'

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

class Menu {
  #list = document.createElement('div')
  #props: SuggestionProps<Item>
  #selected = 0

  constructor(props: SuggestionProps<Item>) {
    this.#props = props
    this.#list.className = 'slash'
    this.#list.setAttribute('role', 'listbox')
    this.#list.setAttribute('aria-label', 'Insert')
    document.body.append(this.#list)
    this.#draw()
  }

  update(props: SuggestionProps<Item>): void {
    this.#props = props
    this.#selected = 0
    this.#draw()
  }

  key({ event }: SuggestionKeyDownProps): boolean {
    const { items } = this.#props
    if (items.length === 0) return false
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step) {
      this.#selected = (this.#selected + step + items.length) % items.length
      this.#draw()
      return true
    }
    const chosen = items[this.#selected]
    if (event.key !== 'Enter' || !chosen) return false
    this.#props.command(chosen)
    return true
  }

  end(): void {
    this.#list.remove()
  }

  #draw(): void {
    const { items, clientRect, command } = this.#props
    const place = clientRect?.()
    if (place) {
      this.#list.style.setProperty('left', `${place.left + scrollX}px`)
      this.#list.style.setProperty('top', `${place.bottom + scrollY + 6}px`)
    }
    this.#list.hidden = items.length === 0
    this.#list.replaceChildren(
      ...items.map((item, index) => {
        const option = document.createElement('button')
        option.type = 'button'
        option.setAttribute('role', 'option')
        option.setAttribute('aria-selected', String(index === this.#selected))
        const hint = document.createElement('small')
        hint.textContent = item.hint
        option.append(item.title, hint)
        option.addEventListener('mousedown', (event) => {
          event.preventDefault()
          command(item)
        })
        return option
      }),
    )
  }
}

export const SlashMenu = Extension.create({
  name: 'slashMenu',
  addProseMirrorPlugins() {
    let menu: Menu | null = null
    return [
      Suggestion<Item>({
        editor: this.editor,
        char: '/',
        items: ({ query }) => matching(query),
        command: ({ editor, range, props }) => props.run(editor, range),
        render: () => ({
          onStart: (props) => (menu = new Menu(props)),
          onUpdate: (props) => menu?.update(props),
          onKeyDown: (props) => {
            if (props.event.key === 'Escape') menu?.end()
            return menu?.key(props) ?? false
          },
          onExit: () => {
            menu?.end()
            menu = null
          },
        }),
      }),
    ]
  },
})
