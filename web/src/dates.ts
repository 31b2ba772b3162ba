// All dates that the page shows or reads from a form, in its language and the reader's time zone.
import { locale } from './language/language'
import { t } from './messages'

type Format = (at: string) => string

const longFormat = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'long', year: 'numeric' })
const weekdayFormat = new Intl.DateTimeFormat(locale, { weekday: 'long' })

const format = (options: Intl.DateTimeFormatOptions): Format => {
  const formatter = new Intl.DateTimeFormat(locale, options)
  return (at) => formatter.format(new Date(at))
}

/** 28 Nov 2026, 19:30. The usual form. */
export const dateTime = format({ dateStyle: 'medium', timeStyle: 'short' })
/** 28/11/2026, 19:30:12. For logs. */
export const preciseTime = format({ dateStyle: 'short', timeStyle: 'medium' })
/** 28/11/2026, 19:30:12, in the default form of the language. For the end of a right. */
export const expiry: Format = (at) => new Date(at).toLocaleString(locale)
/** 28 Nov 2026. */
export const date = format({ dateStyle: 'medium' })
/** 28/11/2026. */
export const shortDate = format({})
/** 28 November 2026. */
export const longDate = format({ day: 'numeric', month: 'long', year: 'numeric' })
/** Saturday, 28 November 2026. */
export const weekdayDate = format({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' })
/** Saturday, 28 November at 19:30. */
export const weekdayTime = format({ weekday: 'long', day: 'numeric', month: 'long', hour: '2-digit', minute: '2-digit' })
/** 19:30. */
export const timeOfDay = format({ hour: '2-digit', minute: '2-digit' })

/** 28 November 2026, as a date is written into a text. */
export const written = (date: Date): string => longFormat.format(date)
/** Saturday. */
export const weekday = (date: Date): string => weekdayFormat.format(date)

/** 19:30:12, of a time in ms since 1970. */
export const clockTime = (at: number): string => new Date(at).toLocaleTimeString(locale)

/** From one time to another; a single time when both look the same. */
export function timeSpan(first: string, last: string): string {
  const [from, to] = [dateTime(first), dateTime(last)]
  return from === to ? from : t.timeSpan({ from, to })
}

/** The last moment of a day that a date field has, where the reader is; `startOfDay` is the first. */
export const endOfDay = (day: string): string => new Date(`${day}T23:59:59.999`).toISOString()
export const startOfDay = (day: string): string => new Date(`${day}T00:00`).toISOString()

/** The last day that date fields accept: the server refuses later years. */
export const LAST_DAY = '9999-12-31'

/** Whether a time has passed. */
export const isPast = (at: string | null | undefined): boolean => !!at && Date.parse(at) <= Date.now()

/** A day as date fields have it, where the reader is. */
export const toDateField = (date: Date): string =>
  [String(date.getFullYear()).padStart(4, '0'), String(date.getMonth() + 1).padStart(2, '0'), String(date.getDate()).padStart(2, '0')].join('-')

/** The value of a date field of a form, in the server's format: null if it is empty. */
export const fromField = (value: FormDataEntryValue | null): string | null => (value ? new Date(String(value)).toISOString() : null)
