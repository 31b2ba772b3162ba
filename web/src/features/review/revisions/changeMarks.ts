// The changes in the HTML of a comparison: which marks belong together, what happened, by whom and when. The server writes
// facts in `data-` attributes; here they are put into the language of the page.
import { dateTime, timeSpan } from '../../../dates'
import { t } from '../messages'

/** Marks that are one change for a reader. */
export interface ChangeMarks {
  marks: HTMLElement[]
  /** What happened, by whom, and when. */
  said: string
}

interface Note {
  what: string
  before: unknown
  after: unknown
}

// not a text: a selector
const MARKS = 'ins, del, .formatted, .moved-to, .moved-from, small.change'

/** Names of what can change besides words; others are shown by the name that the document has for them. */
const NAMES: Record<string, string> = {
  bold: t.boldFormat, italic: t.italicFormat, underline: t.underlineFormat, strike: t.strikeFormat, code: t.codeFormat, link: t.linkFormat, href: t.linkFormat,
  alt: t.imageDescription, title: t.imageCaption, width: t.imageWidth, height: t.imageHeight, align: t.alignment, language: t.codeLanguage, start: t.listStart, type: t.listStyle,
  colspan: t.mergedColumns, rowspan: t.mergedRows, name: t.fileName,
}
const KINDS: Record<string, string> = {
  paragraph: t.textBlock, bulletList: t.bulletedList, orderedList: t.numberedList, taskList: t.taskListBlock, listItem: t.listItemBlock, taskItem: t.taskBlock,
  codeBlock: t.codeBlockName, blockquote: t.quoteBlock, tableHeader: t.headerCell, tableCell: t.tableCellName,
}

const kind = (name: string): string => {
  const level = /^heading (\d)$/.exec(name)?.[1]
  return level ? t.headingLevel({ level }) : (KINDS[name] ?? name)
}

function wordsOf({ what, before, after }: Note): string {
  if (what === 'moved') return after ? t.movedHere : t.movedFromHere
  if (what === 'file') return t.replacedByAnother
  if (what === 'type' && typeof before === 'string' && typeof after === 'string') return `${kind(before)} → ${kind(after)}`
  const name = NAMES[what] ?? what
  if (after === true) return t.formatOn({ name })
  if (before === true) return t.formatOff({ name })
  if (before === null) return t.attributeNow({ name, after: String(after) })
  return t.attributeChanged({ name, before: String(before), after: after === null ? t.attributeNone : String(after) })
}

const notesOf = (mark: HTMLElement): Note[] => {
  try {
    return JSON.parse(mark.dataset.changed ?? '[]') as Note[]
  } catch {
    return []
  }
}

/** What happened to the text in a mark. */
function whatOf(mark: HTMLElement): string {
  if (mark.tagName === 'INS') return t.insertedText
  if (mark.tagName === 'DEL') return t.deletedText
  return notesOf(mark).map(wordsOf).join(', ')
}

/** Who did it and when, as far as known. */
function creditOf({ dataset: { byName, suggestedByName, first, last } }: HTMLElement): string {
  const when = first && last ? (first === last ? dateTime(first) : timeSpan(first, last)) : ''
  if (!byName) return ''
  const who = suggestedByName ? t.byNameSuggestedBy({ name: byName, by: suggestedByName }) : t.byWhom({ name: byName })
  return when ? `${who}, ${when}` : who
}

const said = (mark: HTMLElement): string => [whatOf(mark), creditOf(mark)].filter(Boolean).join(' ')

const blockOf = (mark: Element) => mark.closest('p, h1, h2, h3, h4, h5, h6, pre, td, th, li, figure, .side') ?? mark.parentElement

/** Whether unchanged text is between two marks. */
function isApart(before: Element, after: Element): boolean {
  const range = document.createRange()
  range.setStartAfter(before)
  range.setEndBefore(after)
  return range.toString().trim() !== '' || range.cloneContents().querySelector('img, hr, figure') !== null
}

/** Whether two marks are one change: adjacent in one line, or the same change by the same person in adjacent lines. */
export function isOneChange(before: HTMLElement, after: HTMLElement): boolean {
  if (isApart(before, after)) return false
  if (blockOf(before) === blockOf(after)) return true
  const key = ({ tagName, className, dataset: { by, move } }: HTMLElement) => `${tagName} ${className.replace('looked', '').trim()} ${by} ${move}`
  return key(before) === key(after)
}

/** Puts what the server noted into words, and returns the changes, first to last. */
export function readChanges(text: HTMLElement): ChangeMarks[] {
  const changes: HTMLElement[][] = []
  for (const mark of text.querySelectorAll<HTMLElement>(MARKS)) {
    if (mark.matches('small.change')) mark.textContent = notesOf(mark).map(wordsOf).join(', ')
    mark.title = said(mark)
    // A mark in a mark is part of its change.
    if (mark.parentElement?.closest(MARKS)) continue
    const last = changes.at(-1)
    const before = last?.at(-1)
    if (last && before && isOneChange(before, mark)) last.push(mark)
    else changes.push([mark])
  }
  return changes.map((marks) => {
    const first = marks[0]
    if (first) first.tabIndex = 0
    return { marks, said: [...new Set(marks.map(said))].join('; ') }
  })
}
