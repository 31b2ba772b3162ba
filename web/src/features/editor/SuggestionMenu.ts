// The list that opens when one types after a character such as "/": it is filtered by the typed text, and works by
// keyboard alone.
import type { SuggestionKeyDownProps, SuggestionOptions, SuggestionProps } from '@tiptap/suggestion'

interface Option {
  title: string
  hint: string
  /** Shown before the title. */
  sign?: string
}

interface Menu<Item> {
  label: string
  option: (item: Item) => Option
  /** The sentence to show when nothing fits; if absent, the list is hidden. */
  nothing?: (query: string) => string
}

export class SuggestionMenu<Item> {
  #list = document.createElement('div')
  #props: SuggestionProps<Item>
  #selected = 0
  #menu: Menu<Item>

  constructor(menu: Menu<Item>, props: SuggestionProps<Item>) {
    this.#props = props
    this.#menu = menu
    this.#list.className = 'slash'
    this.#list.setAttribute('role', 'listbox')
    this.#list.setAttribute('aria-label', menu.label)
    // Inside the page's landmark, where screen readers look for it.
    const main = props.editor.view.dom.closest('main') ?? document.body
    main.append(this.#list)
    this.#draw()
  }

  /** What a suggestion draws with. */
  static render<Item>(shown: Menu<Item>): SuggestionOptions<Item>['render'] {
    return () => {
      let menu: SuggestionMenu<Item> | null = null
      return {
        onStart: (props) => (menu = new SuggestionMenu(shown, props)),
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
    const { items, query, clientRect, command } = this.#props
    const nothing = items.length === 0 ? this.#menu.nothing?.(query) : undefined
    this.#list.hidden = items.length === 0 && !nothing
    this.#list.replaceChildren(
      ...(nothing ? [this.#say(nothing)] : []),
      ...items.map((item, index) => {
        const { title, hint: words, sign } = this.#menu.option(item)
        const option = document.createElement('button')
        option.type = 'button'
        option.setAttribute('role', 'option')
        option.setAttribute('aria-selected', String(index === this.#selected))
        const hint = document.createElement('small')
        hint.textContent = words
        if (sign) {
          const before = document.createElement('span')
          before.className = 'emoji'
          before.textContent = sign
          option.append(before)
        }
        option.append(title, hint)
        option.addEventListener('mousedown', (event) => {
          event.preventDefault()
          command(item)
        })
        return option
      }),
    )
    const place = clientRect?.()
    if (place) this.#place(place)
    this.#list.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' })
  }

  #say(words: string): HTMLElement {
    const line = document.createElement('p')
    line.className = 'nothing'
    line.setAttribute('role', 'status')
    line.textContent = words
    return line
  }

  /** Below what is typed or, where there is no room, above it. */
  #place(place: DOMRect): void {
    const base = (this.#list.offsetParent ?? document.body).getBoundingClientRect()
    const { offsetHeight: height, offsetWidth: width } = this.#list
    const isAbove = place.bottom + height + 6 > innerHeight && place.top > height
    this.#list.style.setProperty('left', `${Math.max(0, Math.min(place.left, innerWidth - width - 8) - base.left)}px`)
    this.#list.style.setProperty('top', `${isAbove ? place.top - base.top - height - 6 : place.bottom - base.top + 6}px`)
  }
}
