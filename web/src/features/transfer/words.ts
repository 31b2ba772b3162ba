// How the page names what imports are about.
import type { Import } from './api'

const KINDS: Record<string, string> = {
  markdown: 'These are Markdown files', html: 'These are HTML pages', docx: 'These are Word documents',
  notion: 'This is an export of Notion', confluence: 'This is an export of Confluence', consilium: 'This is an export of Consilium',
}

export const whatItIs = (found: string): string => KINDS[found] ?? 'These are files'

/** The path of a file without the ids that Notion puts into names. */
export const shortPath = (path: string): string => path.replace(/[ -][0-9a-f]{32}(?=[./]|$)/g, '')

const number = new Intl.NumberFormat()
export const pagesName = (count: number): string => `${number.format(count)} ${count === 1 ? 'page' : 'pages'}`

/** Where an import is for the person who waits for it. */
export function stage(view: Import): 'reading' | 'checked' | 'importing' | 'done' | 'failed' | 'undone' {
  if (view.state === 'waiting' || view.state === 'working') return view.dry_run ? 'reading' : 'importing'
  if (view.state === 'checked' || view.state === 'done' || view.state === 'undone') return view.state
  return view.state === 'open' ? 'reading' : 'failed'
}
