// How the page names what imports are about.
import type { ExportItem, Import, ImportItem } from './api'
import { t } from './messages'

const KINDS: Record<string, string> = {
  markdown: t.theseAreMarkdownFiles, html: t.theseAreHtmlPages, docx: t.theseAreWordDocuments,
  notion: t.thisIsAnExportOfNotion, confluence: t.thisIsAnExportOfConfluence, consilium: t.thisIsAnExportOfConsilium,
}

const SOURCES: Record<string, string> = {
  markdown: t.markdownFiles, html: t.htmlPages, docx: t.wordDocuments, notion: t.exportOfNotion, confluence: t.exportOfConfluence, consilium: t.exportOfConsilium,
}

/** The source of an import. */
export const sourceName = (found: string): string => SOURCES[found] ?? t.filesSource

export const whatItIs = (found: string): string => KINDS[found] ?? t.theseAreFiles

/** The path of a file without the ids that Notion puts into names. */
export const shortPath = (path: string): string => path.replace(/[ -][0-9a-f]{32}(?=[./]|$)/g, '')

export const pagesName = (count: number): string => t.pagesCount({ count })

/** The stage of an import, as the person who waits for it sees it. */
export function stage(view: Import): 'reading' | 'checked' | 'importing' | 'done' | 'failed' | 'undone' {
  if (view.state === 'waiting' || view.state === 'working') return view.dry_run ? 'reading' : 'importing'
  if (view.state === 'checked' || view.state === 'done' || view.state === 'undone') return view.state
  return view.state === 'open' ? 'reading' : 'failed'
}

/** The result of an import, or its progress. */
export function importState(one: ImportItem): string {
  switch (one.state) {
    case 'open': return t.notStarted
    case 'waiting': return t.waiting
    case 'working': return (one.dry_run ? t.readingPages : t.importingPages)({ done: one.done, count: one.total })
    case 'checked': return t.pagesNotImportedYet({ count: one.total })
    case 'done': return t.pagesImportedState({ count: one.total })
    case 'undone': return t.undoneItsPagesAreIn
    case 'cancelled': return t.canceled
    default: return t.failedReason({ reason: one.detail })
  }
}

export function exportState(one: ExportItem): string {
  switch (one.state) {
    case 'waiting': return t.waiting
    case 'working': return t.exportingPages({ done: one.done, count: one.total })
    case 'done': return t.ready
    default: return t.failedReason({ reason: one.detail })
  }
}
