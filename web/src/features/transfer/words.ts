// How the page names what imports are about.
import type { Import } from './api'

const KINDS: Record<string, string> = {
  markdown: 'Markdown files', html: 'HTML pages', docx: 'Word documents', notion: 'an export of Notion', confluence: 'an export of Confluence', consilium: 'an export of Consilium',
}

export const kindName = (found: string): string => KINDS[found] ?? 'files'

const number = new Intl.NumberFormat()
export const pagesName = (count: number): string => `${number.format(count)} ${count === 1 ? 'page' : 'pages'}`

/** Where an import is for the person who waits for it. */
export function stage(view: Import): 'reading' | 'checked' | 'importing' | 'done' | 'failed' | 'undone' {
  if (view.state === 'waiting' || view.state === 'working') return view.dry_run ? 'reading' : 'importing'
  if (view.state === 'checked' || view.state === 'done' || view.state === 'undone') return view.state
  return view.state === 'open' ? 'reading' : 'failed'
}
