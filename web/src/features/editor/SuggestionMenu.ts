// The list that opens while one types after a sign such as "/": filtered by what is typed, all by keyboard.
import type { SuggestionKeyDownProps, SuggestionOptions, SuggestionProps } from '@tiptap/suggestion'

interface Option {
  title: string
  hint: string
}

export class SuggestionMenu<Item> {
  #list = document.createElement('div')
  #props: SuggestionProps<Item>
  #selected = 0
  #option: (item: Item) => Option

  constructor(label: string, option: (item: Item) => Option, props: SuggestionProps<Item>) {
    this.#props = props
    this.#option = option
    this.#list.className = 'slash'
    this.#list.setAttribute('role', 'listbox')
    this.#list.setAttribute('aria-label', label)
    // Inside the page's landmark, where screen readers look for it.
    const main = props.editor.view.dom.closest('main') ?? document.body
    main.append(this.#list)
    this.#draw()
  }

  /** What a suggestion draws with. */
  static render<Item>(label: string, option: (item: Item) => Option): SuggestionOptions<Item>['render'] {
    return () => {
      let menu: SuggestionMenu<Item> | null = null
      return {
        onStart: (props) => (menu = new SuggestionMenu(label, option, props)),
        onUpdate: (props) => menu?.update(props),
        onKeyDown: (props) => {
          if (props.event.key === 'Escape') menu?.end()
          return menu?.key(props) ?? false
        },
        onExit: () => {
          menu?.end()
          menu = null
        },
      }
    }
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
    const base = (this.#list.offsetParent ?? document.body).getBoundingClientRect()
    if (place) {
      this.#list.style.setProperty('left', `${place.left - base.left}px`)
      this.#list.style.setProperty('top', `${place.bottom - base.top + 6}px`)
    }
    this.#list.hidden = items.length === 0
    this.#list.replaceChildren(
      ...items.map((item, index) => {
        const { title, hint: words } = this.#option(item)
        const option = document.createElement('button')
        option.type = 'button'
        option.setAttribute('role', 'option')
        option.setAttribute('aria-selected', String(index === this.#selected))
        const hint = document.createElement('small')
        hint.textContent = words
        option.append(title, hint)
        option.addEventListener('mousedown', (event) => {
          event.preventDefault()
          command(item)
        })
        return option
      }),
    )
  }
}
