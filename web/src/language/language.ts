// The language of the page: the one that the account chose, which this device remembers, or else the first of the
// browser's languages that the page supports. Choosing another language reloads the page.

/** Each language by its own name. */
export const LANGUAGES = { en: 'English', de: 'Deutsch', fr: 'Français' } as const

export type Language = keyof typeof LANGUAGES

const KEY = 'consilium:language'

/** The language of a tag such as `de-CH`, if the page supports it. */
export function languageOf(tag: string): Language | undefined {
  const base = tag.split('-')[0]?.toLowerCase() ?? ''
  return Object.hasOwn(LANGUAGES, base) ? (base as Language) : undefined
}

/** The tag that was chosen; empty if none was. */
export const chosenTag = (): string => globalThis.localStorage?.getItem(KEY) ?? ''

/** The tags that the person reads, the preferred one first. */
export function preferred(chosen: string, browser: readonly string[]): { language: Language; locale: string } {
  const tags = [chosen, ...browser].filter((tag) => languageOf(tag) !== undefined)
  const language = languageOf(tags[0] ?? '') ?? 'en'
  // The browser may know the country: `en` is chosen, and dates are written as in `en-GB`.
  const locale = tags.find((tag) => languageOf(tag) === language && tag.includes('-')) ?? language
  return { language, locale }
}

/** The language of all texts, and the tag by which dates, numbers and plurals are written. */
export const { language, locale } = preferred(chosenTag(), globalThis.navigator?.languages ?? [])

/** Stores a choice on this device. An empty tag follows the browser. */
export function rememberLanguage(tag: string): void {
  if (tag === '') localStorage.removeItem(KEY)
  else localStorage.setItem(KEY, tag)
}

/** Chooses a language, and loads the page in it. */
export function chooseLanguage(tag: string): void {
  rememberLanguage(tag)
  if (preferred(tag, navigator.languages).language !== language) location.reload()
}

/** Applies the language that the account has chosen, perhaps on another device. */
export function adoptLanguage(tag: string): void {
  const known = languageOf(tag) ? tag : ''
  if (known !== chosenTag()) chooseLanguage(known)
}
