// Loads the script with the texts of the page's language. begin.ts starts this before the page's own script has loaded.
import { type Language, language } from './language'

const LOAD: Record<Language, () => Promise<{ default: Record<string, unknown> }>> = {
  en: () => import('./en'),
  de: () => import('./de'),
  fr: () => import('./fr'),
}

/** All texts, by the path of their file. */
export const texts: Promise<Record<string, unknown>> = LOAD[language]().then((module) => module.default)
