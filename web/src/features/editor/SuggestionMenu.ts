// The list that opens when one types after a character such as "/": it is filtered by the typed text, and works by
// keyboard alone.
interface Option {
  title: string
  hint: string
  /** Shown before the title. */
  sign?: string
}

export interface Menu<Item> {
  label: string
  option: (item: Item) => Option
  /** The sentence to show when nothing fits; if absent, the list is hidden. */
  nothing?: (query: string) => string
}

interface Offer<Item> {
  items: Item[]
  query: string
  /** What is typed, on the screen. */
  place: { left: number; top: number; bottom: number }
  choose: (item: Item) => void
}

export class SuggestionMenu<Item> {
  #list = document.createElement('div')
  #offer: Offer<Item> | null = null
  #selected = 0

  constructor(private menu: Menu<Item>, text: HTMLElement) {
    this.#list.className = 'slash'
    this.#list.setAttribute('role', 'listbox')
    this.#list.setAttribute('aria-label', menu.label)
    // Inside the page's landmark, where screen readers look for it.
    const main = text.closest('main') ?? document.body
    main.append(this.#list)
  }

  show(offer: Offer<Item>): void {
    this.#offer = offer
    this.#selected = 0
    this.#draw(offer)
  }

  /** Whether the key was for the list. */
  key({ key }: KeyboardEvent): boolean {
    const offer = this.#offer
    if (!offer || offer.items.length === 0) return false
    const step = { ArrowDown: 1, ArrowUp: -1 }[key]
    if (step) {
      this.#selected = (this.#selected + step + offer.items.length) % offer.items.length
      this.#draw(offer)
      return true
    }
    const chosen = offer.items[this.#selected]
    if (key !== 'Enter' || !chosen) return false
    offer.choose(chosen)
    return true
  }

  end(): void {
    this.#list.remove()
  }

  #draw({ items, query, place, choose }: Offer<Item>): void {
    const nothing = items.length === 0 ? this.menu.nothing?.(query) : undefined
    this.#list.hidden = items.length === 0 && !nothing
    this.#list.replaceChildren(
      ...(nothing ? [this.#say(nothing)] : []),
      ...items.map((item, index) => {
        const { title, hint: words, sign } = this.menu.option(item)
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
          choose(item)
        })
        return option
      }),
    )
    this.#place(place)
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
  #place(place: Offer<Item>['place']): void {
    const base = (this.#list.offsetParent ?? document.body).getBoundingClientRect()
    const { offsetHeight: height, offsetWidth: width } = this.#list
    const isAbove = place.bottom + height + 6 > innerHeight && place.top > height
    this.#list.style.setProperty('left', `${Math.max(0, Math.min(place.left, innerWidth - width - 8) - base.left)}px`)
    this.#list.style.setProperty('top', `${isAbove ? place.top - base.top - height - 6 : place.bottom - base.top + 6}px`)
  }
}
