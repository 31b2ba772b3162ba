// The colours of text and of what is highlighted. A document has their names; tokens.css says what they look like.
import { t } from '../messages'

export type Color = 'gray' | 'red' | 'orange' | 'yellow' | 'green' | 'blue' | 'purple'

/** The colours, each with its name in the page. */
export const COLORS: Record<Color, string> = {
  gray: t.gray, red: t.red, orange: t.orange, yellow: t.yellow, green: t.green, blue: t.blue, purple: t.purple,
}

/** The colour of a highlight that names none. */
export const HIGHLIGHT: Color = 'yellow'

export const isColor = (name: unknown): name is Color => typeof name === 'string' && Object.hasOwn(COLORS, name)
