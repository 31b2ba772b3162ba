// All numbers and lists that the page shows, in its language.
import { locale } from './language/language'

const formatter = new Intl.NumberFormat(locale)

/** 12,345. */
export const number = (value: number): string => formatter.format(value)

const lists = new Intl.ListFormat(locale, { type: 'conjunction' })

/** Ana, Jonas and Mia. */
export const list = (items: Iterable<string>): string => lists.format(items)

const decimals = new Intl.NumberFormat(locale, { maximumFractionDigits: 1, minimumFractionDigits: 1 })

/** 1.5: with one digit after the point. */
export const decimal = (value: number): string => decimals.format(value)
