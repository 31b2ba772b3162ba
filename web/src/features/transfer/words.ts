// How the page names what imports are about.
import type { ExportItem, Import, ImportItem } from './api'

const KINDS: Record<string, string> = {
  markdown: 'These are Markdown files', html: 'These are HTML pages', docx: 'These are Word documents',
  notion: 'This is an export of Notion', confluence: 'This is an export of Confluence', consilium: 'This is an export of Consilium',
}

const SOURCES: Record<string, string> = {
  markdown: 'Markdown files', html: 'HTML pages', docx: 'Word documents', notion: 'Export of Notion', confluence: 'Export of Confluence', consilium: 'Export of Consilium',
}

/** What an import is of. */
export const sourceName = (found: string): string => SOURCES[found] ?? 'Files'

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

/** What came of an import, or how far it is. */
export function importState(one: ImportItem): string {
  switch (one.state) {
    case 'open': return 'Not started'
    case 'waiting': return 'Waiting'
    case 'working': return `${one.dry_run ? 'Reading' : 'Importing'} ${one.done} of ${pagesName(one.total)}`
    case 'checked': return `${pagesName(one.total)}, not imported yet`
    case 'done': return `${pagesName(one.total)} imported`
    case 'undone': return 'Undone: its pages are in the trash'
    case 'cancelled': return 'Canceled'
    default: return `Failed: ${one.detail}`
  }
}

export function exportState(one: ExportItem): string {
  switch (one.state) {
    case 'waiting': return 'Waiting'
    case 'working': return `Exporting ${one.done} of ${pagesName(one.total)}`
    case 'done': return 'Ready'
    default: return `Failed: ${one.detail}`
  }
}
