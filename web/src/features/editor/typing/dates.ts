// Dates by name: "@today", "@tomorrow", "@monday", in the language of the page.
import { weekday } from '../../../dates'
import { locale } from '../../../language/language'
import { t } from '../messages'

export interface NamedDate {
  name: string
  date: Date
}

const inDays = (from: Date, days: number): Date => new Date(from.getFullYear(), from.getMonth(), from.getDate() + days)

/** The dates whose name begins with what is typed. */
export function datesFor(typed: string, today: Date): NamedDate[] {
  const query = typed.trim().toLowerCase()
  if (query === '') return []
  const named: NamedDate[] = [
    { name: t.today, date: inDays(today, 0) },
    { name: t.tomorrow, date: inDays(today, 1) },
    { name: t.yesterday, date: inDays(today, -1) },
    { name: t.nextWeek, date: inDays(today, 7) },
    // A weekday is the next day of that name, never today.
    ...[1, 2, 3, 4, 5, 6, 7].map((days) => inDays(today, days)).map((date) => ({ name: capital(weekday(date)), date })),
  ]
  return query.length < 2 ? [] : named.filter(({ name }) => name.toLowerCase().startsWith(query))
}

const capital = (word: string): string => `${word.charAt(0).toLocaleUpperCase(locale)}${word.slice(1)}`
