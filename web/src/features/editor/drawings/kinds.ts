/**
 * The drawing that a code block of a language becomes: a diagram, or a formula as on GitHub. `latex` is code in LaTeX.
 */
export type DrawingKind = 'mermaid' | 'math'

const isKind = (language: unknown): language is DrawingKind => language === 'mermaid' || language === 'math'

/** By the first word of the language; null for code. */
export function drawingKind(language: unknown): DrawingKind | null {
  const name = typeof language === 'string' ? language.trim().split(/\s+/)[0]?.toLowerCase() : null
  return isKind(name) ? name : null
}
