// The drawing of one code block: drawn a moment after its source has changed, in the colours of the page.
import { t } from '../messages'
import type { DrawingKind } from './kinds'

/** After a pause in typing of this length. */
const PAUSE_MS = 300
/** A longer source is not drawn: it would block every page that shows it. */
const MOST_LETTERS = 20_000

const isDark = () => document.documentElement.dataset.theme === 'dark'

export class Drawing {
  readonly dom = document.createElement('div')
  #picture = document.createElement('div')
  #error = document.createElement('p')
  #source: string | null = null
  #kind: DrawingKind = 'mermaid'
  #timer: ReturnType<typeof setTimeout> | undefined
  #round = 0

  constructor(onOpen: () => void) {
    this.dom.className = 'drawing'
    this.dom.contentEditable = 'false'
    this.#picture.className = 'picture-of-code'
    this.#error.className = 'notice warn'
    this.#error.hidden = true
    this.dom.append(this.#picture, this.#error)
    this.dom.addEventListener('mousedown', (event) => {
      event.preventDefault()
      onOpen()
    })
  }

  show(kind: DrawingKind, source: string): void {
    if (kind === this.#kind && source === this.#source) return
    const isFirst = this.#source === null
    this.#kind = kind
    this.#source = source
    clearTimeout(this.#timer)
    this.#timer = setTimeout(this.redraw, isFirst ? 0 : PAUSE_MS)
  }

  /** Draws it again, in other colours. */
  redraw = async (): Promise<void> => {
    const [source, round] = [this.#source ?? '', ++this.#round]
    if (source.trim() === '') return this.#say(t.nothingToDraw)
    if (source.length > MOST_LETTERS) return this.#say(t.tooLongToDraw)
    try {
      const picture = this.#kind === 'math' ? await formula(source) : await diagram(source)
      if (round !== this.#round) return
      this.#picture.replaceChildren(picture)
      this.#say('')
    } catch (problem) {
      if (round === this.#round) this.#say(t.cantBeDrawn({ reason: reasonOf(problem) }))
    }
  }

  end(): void {
    clearTimeout(this.#timer)
    this.#round++
  }

  /** Shows an error instead of the drawing, with the source; an empty text shows the drawing. */
  #say(words: string): void {
    this.#error.textContent = words
    this.#error.hidden = words === ''
    this.#picture.hidden = words !== ''
    // The source is seen until there is a drawing of it.
    this.dom.classList.toggle('done', words === '')
  }
}

async function formula(source: string): Promise<HTMLElement> {
  const { drawMath } = await import('./math')
  const place = document.createElement('div')
  drawMath(source, place)
  return place
}

async function diagram(source: string): Promise<HTMLElement> {
  const { drawMermaid } = await import('./mermaid')
  const image = document.createElement('img')
  image.alt = t.diagram
  image.src = await drawMermaid(source, isDark())
  await image.decode()
  image.width = image.naturalWidth
  return image
}

/** The first line, which names the place of the error; the other lines are a drawing of it made of characters. */
function reasonOf(problem: unknown): string {
  const said = problem instanceof Error ? problem.message : String(problem)
  return said.split('\n').slice(0, 1).join('').replace(/^KaTeX parse error: /, '').slice(0, 300)
}
