// Loads the texts of the page's language: one script, which begin.ts asks for before the page itself has come.
import { type Language, language } from './language'

const LOAD: Record<Language, () => Promise<{ default: Record<string, unknown> }>> = {
  en: () => import('./en'),
  de: () => import('./de'),
  fr: () => import('./fr'),
}

/** All texts, by the path of their file. */
export const texts: Promise<Record<string, unknown>> = LOAD[language]().then((module) => module.default)
