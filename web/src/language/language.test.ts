import { expect, test } from 'vitest'
import { languageOf, preferred } from './language'

test("[WORD-10] the page speaks the language that was chosen, or else the first of the browser's that it knows", () => {
  expect(preferred('', ['de-CH', 'en']).language).toBe('de')
  expect(preferred('', ['es', 'fr-FR', 'en']).language).toBe('fr')
  expect(preferred('', ['es', 'it']).language).toBe('en')
  expect(preferred('en', ['de-DE']).language).toBe('en')
  expect(preferred('tlh', ['de-DE']).language).toBe('de')
})

test('[WORD-10] dates and numbers follow the country that is known', () => {
  expect(preferred('', ['de-CH', 'en']).locale).toBe('de-CH')
  expect(preferred('de', ['de-AT']).locale).toBe('de-AT')
  expect(preferred('de-CH', ['de-AT']).locale).toBe('de-CH')
  expect(preferred('en', ['de-DE']).locale).toBe('en')
})

test('a tag has a language, whatever its case and country', () => {
  expect([languageOf('DE-ch'), languageOf('fr'), languageOf('toString'), languageOf('')]).toEqual(['de', 'fr', undefined, undefined])
})
