// Who wrote what, in the HTML of a text with its authors: the people, the days, and the passages, which are gone through
// by keyboard. The server writes facts in `data-` attributes; here they are put into the language of the page.
import { toDateField, weekdayDate } from '../../../dates'
import { t } from '../messages'
import { isOneChange } from './changeMarks'

/** Colours for people whose own is not known, dark enough for text in both themes' tints. */
const COLORS = ['#2563a8', '#a8322a', '#2f7d32', '#7a3fa0', '#a06a00', '#00797a', '#b0306f', '#55595f']

export interface Writer {
  id: string
  name: string
  color: string
}

/** Consecutive text by one person. */
export interface Passage {
  marks: HTMLElement[]
  /** By whom, and when; empty if that is not known. */
  said: string
}

/** Which passages are shown in colour; empty for all. */
export interface Chosen {
  person: string
  day: string
}

const dayOf = (at: string | undefined): string => (at ? toDateField(new Date(at)) : '')

/** Who wrote the words: also if somebody else accepted them. */
const writerOf = ({ dataset: { by, byName, suggestedBy, suggestedByName } }: HTMLElement) =>
  suggestedBy && suggestedByName ? [suggestedBy, suggestedByName] : [by, byName]

function saidOf({ dataset: { byName, suggestedByName, first } }: HTMLElement, name: string): string {
  const date = first ? weekdayDate(first) : ''
  if (suggestedByName && byName) return t.writtenBy({ name, date: t.acceptedBy({ name: byName, date }) })
  return date ? t.writtenBy({ name, date }) : name
}

/** Colours the words of each person, and returns the people by name, the days, newest first, and the passages. */
export function readAuthors(text: HTMLElement, colors: ReadonlyMap<string, string | null | undefined>): { writers: Writer[]; days: string[]; passages: Passage[] } {
  const writers = new Map<string, Writer>()
  const days = new Set<string>()
  const passages: Passage[] = []
  for (const mark of text.querySelectorAll<HTMLElement>('ins')) {
    const { first, last } = mark.dataset
    const [by, byName] = writerOf(mark)
    const writer = by && byName ? (writers.get(by) ?? { id: by, name: byName, color: colors.get(by) || (COLORS[writers.size % COLORS.length] ?? '') }) : null
    if (writer) {
      writers.set(writer.id, writer)
      mark.style.setProperty('--person', writer.color)
      for (const at of [first, last]) if (at) days.add(dayOf(at))
    }
    mark.title = writer ? saidOf(mark, writer.name) : ''
    const before = passages.at(-1)
    const end = before?.marks.at(-1)
    if (before && end && before.said === mark.title && isOneChange(end, mark)) before.marks.push(mark)
    else passages.push({ marks: [mark], said: mark.title })
  }
  return { writers: [...writers.values()].toSorted((a, b) => a.name.localeCompare(b.name)), days: [...days].toSorted().toReversed(), passages }
}

/** Fades text by other people, or from other days, and returns the passages that are left. */
export function choose(passages: readonly Passage[], { person, day }: Chosen): Passage[] {
  return passages.filter(({ marks }) => {
    const { first, last } = marks[0]?.dataset ?? {}
    const by = marks[0] && writerOf(marks[0])[0]
    const isShown = !!by && (person === '' || by === person) && (!day || (dayOf(first) <= day && day <= dayOf(last)))
    for (const mark of marks) mark.classList.toggle('faded', !isShown)
    return isShown
  })
}

/**
 * Makes the passages one stop of the Tab key, in which the arrow keys go from one to the next. Ends with the returned
 * function.
 */
export function makeStops(text: HTMLElement, passages: readonly Passage[]): () => void {
  const stops = passages.flatMap(({ marks }) => marks.slice(0, 1))
  const stopAt = (chosen: HTMLElement | undefined) => {
    for (const stop of stops) stop.tabIndex = stop === chosen ? 0 : -1
  }
  const enter = ({ target }: Event) => {
    if (stops.includes(target as HTMLElement)) stopAt(target as HTMLElement)
  }
  const press = (event: KeyboardEvent) => {
    const at = stops.indexOf(event.target as HTMLElement)
    if (at < 0 || event.ctrlKey || event.metaKey || event.altKey) return
    const to = { ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1, Home: 0, End: stops.length - 1 }[event.key]
    if (to === undefined) return
    event.preventDefault()
    stops[Math.min(Math.max(to, 0), stops.length - 1)]?.focus()
  }
  stopAt(stops[0])
  text.addEventListener('focusin', enter)
  text.addEventListener('keydown', press)
  return () => {
    for (const stop of stops) stop.removeAttribute('tabindex')
    text.removeEventListener('focusin', enter)
    text.removeEventListener('keydown', press)
  }
}
