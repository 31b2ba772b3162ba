// Dates by name: "@today", "@tomorrow", "@next monday".

export interface NamedDate {
  name: string
  date: Date
}

const DAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']

const inDays = (from: Date, days: number): Date => new Date(from.getFullYear(), from.getMonth(), from.getDate() + days)

/** The dates whose name begins with what is typed. */
export function datesFor(typed: string, today: Date): NamedDate[] {
  const query = typed.trim().toLowerCase()
  if (query === '') return []
  const named: NamedDate[] = [
    { name: 'Today', date: inDays(today, 0) },
    { name: 'Tomorrow', date: inDays(today, 1) },
    { name: 'Yesterday', date: inDays(today, -1) },
    { name: 'Next week', date: inDays(today, 7) },
    // The coming one, never today.
    ...DAYS.map((day, index) => ({ name: `${day[0]?.toUpperCase()}${day.slice(1)}`, date: inDays(today, ((index - today.getDay() + 6) % 7) + 1) })),
  ]
  return query.length < 2 ? [] : named.filter(({ name }) => name.toLowerCase().startsWith(query))
}

/** As it is written into the text. */
export const written = (date: Date): string => new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'long', year: 'numeric' }).format(date)
