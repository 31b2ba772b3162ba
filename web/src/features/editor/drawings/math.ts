// Draws formulas with KaTeX, which is loaded for the first one. It is not trusted to make links or to load images.
import katex from 'katex'
import 'katex/dist/katex.css'

/** Writes the formula into an element. Throws an error that says what is wrong with the source. */
export function drawMath(source: string, element: HTMLElement): void {
  katex.render(source, element, { displayMode: true, throwOnError: true, trust: false, strict: 'ignore', maxSize: 40, maxExpand: 1_000 })
}
