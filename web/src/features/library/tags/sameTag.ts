// The tag that a person means who types one: an existing tag, even if its case or accents differ.
import { locale } from '../../../language/language'

const collator = new Intl.Collator(locale, { sensitivity: 'base' })

/** The tag for a typed text; undefined if there is none. */
export function sameTag(typed: string, known: { name: string }[]): string | undefined {
  const name = typed.trim()
  if (!name || known.some((tag) => tag.name === name)) return name || undefined
  return known.find((tag) => collator.compare(tag.name, name) === 0)?.name ?? name
}
