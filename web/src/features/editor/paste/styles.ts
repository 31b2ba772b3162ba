// The styles of pasted HTML, read without a browser's help: the page's policy blocks inline styles of foreign HTML, and
// clipboards of spreadsheets and of macOS style by classes.

export type Styles = ReadonlyMap<string, string>

const NONE: Styles = new Map()

/** The properties that the rest of the pipeline asks for. */
const READ = new Set([
  'font-weight', 'font-style', 'font-size', 'font-family', 'text-decoration', 'white-space', 'text-align', 'vertical-align', 'display', 'visibility', 'margin-left',
  'mso-list', 'mso-hide', 'mso-spacerun', 'mso-tab-count', 'mso-element', '--en-checked',
])

function declarations(text: string): Map<string, string> {
  const found = new Map<string, string>()
  for (const declaration of text.split(';')) {
    const colon = declaration.indexOf(':')
    if (colon < 0) continue
    const name = declaration.slice(0, colon).trim().toLowerCase()
    const value = declaration.slice(colon + 1).trim().toLowerCase()
    if (name === 'font') expandFont(value, found)
    else if (name === 'text-decoration-line') found.set('text-decoration', value)
    else if (READ.has(name)) found.set(name, value)
  }
  return found
}

/** `font: italic bold 12.0px Courier` */
function expandFont(value: string, into: Map<string, string>): void {
  const size = /(?:^|\s)([\d.]+(?:px|pt|em|rem))(?:\/\S+)?\s+(.+)$/.exec(value)
  if (!size) return
  into.set('font-size', size[1] ?? '')
  into.set('font-family', size[2] ?? '')
  const before = value.slice(0, size.index)
  const weight = /\b(bold|bolder|[1-9]00)\b/.exec(before)
  if (weight) into.set('font-weight', weight[1] ?? '')
  if (/\b(italic|oblique)\b/.test(before)) into.set('font-style', 'italic')
}

/** Classes count for more than tags. */
const weightOf = (selector: string) => (selector.match(/[.#]/g) ?? []).length

export class StyleReader {
  #byElement = new Map<Element, Map<string, string>>()
  /** Word's lists: whether `l0:level1` and so on are numbered. */
  readonly numbered = new Map<string, boolean>()

  constructor(document: Document) {
    const rules = [...document.querySelectorAll('textarea')].flatMap((sheet) => this.#rules(sheet.textContent ?? ''))
    for (const { selector, styles } of rules.sort((a, b) => weightOf(a.selector) - weightOf(b.selector))) {
      for (const element of matching(document, selector)) this.#add(element, styles)
    }
    for (const element of document.querySelectorAll('[data-style]')) this.#add(element, declarations(element.getAttribute('data-style') ?? ''))
  }

  of(element: Element): Styles {
    return this.#byElement.get(element) ?? NONE
  }

  /** The style of an element that takes the place of another. */
  move(from: Element, to: Element): void {
    const styles = this.#byElement.get(from)
    if (styles) this.#byElement.set(to, styles)
  }

  #add(element: Element, styles: Styles): void {
    if (styles.size === 0) return
    const known = this.#byElement.get(element)
    if (!known) this.#byElement.set(element, new Map(styles))
    else for (const [name, value] of styles) known.set(name, value)
  }

  #rules(text: string): { selector: string; styles: Styles }[] {
    const plain = text.replace(/\/\*[\s\S]*?\*\/|<!--|-->/g, ' ')
    return [...plain.matchAll(/([^{}]+)\{([^{}]*)\}/g)].flatMap(([, selectors = '', body = '']) => {
      const list = /@list\s+(l\d+:level\d+)/.exec(selectors)
      if (list) this.numbered.set(list[1] ?? '', !/mso-level-number-format:\s*(bullet|image)/.test(body) && !/mso-level-text:\s*["']?[^%"';\s]/.test(body))
      if (selectors.includes('@')) return []
      const styles = declarations(body)
      return styles.size === 0 ? [] : selectors.split(',').map((selector) => ({ selector: selector.trim(), styles }))
    })
  }
}

function matching(document: Document, selector: string): Element[] {
  try {
    return [...document.querySelectorAll(selector)]
  } catch {
    // Not every selector of an office program is one of CSS.
    return []
  }
}

export const isBoldWeight = (weight: string | undefined): boolean | undefined =>
  weight === undefined || weight === 'inherit' ? undefined : /^bold/.test(weight) || Number.parseInt(weight, 10) >= 600

export const isMonospaced = (family: string | undefined): boolean | undefined =>
  family === undefined ? undefined : /mono|courier|consolas|menlo|monaco|source code|lucida console/.test(family)

/** In points. */
export function sizeOf(value: string | undefined): number | undefined {
  const [, number, unit] = /^([\d.]+)(pt|px|in|cm|mm|em|rem)?$/.exec(value ?? '') ?? []
  const factor = { pt: 1, px: 0.75, in: 72, cm: 28.35, mm: 2.835, em: 12, rem: 12 }[unit ?? 'px']
  return number === undefined || factor === undefined ? undefined : Number(number) * factor
}
