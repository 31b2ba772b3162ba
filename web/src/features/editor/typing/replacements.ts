// Typographic replacements while one types. They can be turned off on a device; Backspace takes the last one back.
import { Extension, InputRule } from '@tiptap/core'

const KEY = 'consilium.replacements'

export const areOn = (): boolean => localStorage.getItem(KEY) !== 'off'
export const turn = (on: boolean): void => (on ? localStorage.removeItem(KEY) : localStorage.setItem(KEY, 'off'))

/** The typed characters, and their replacement. */
export const RULES: [RegExp, string][] = [
  [/(?<=\S)\.\.\.$/, '…'],
  [/ -- $/, ' – '],
  [/(?<![<-])->$/, '→'],
  [/<-(?= $)|<- $/, '← '],
  [/\(c\)$/i, '©'],
  [/\(r\)$/i, '®'],
  [/\(tm\)$/i, '™'],
  [/\+-$/, '±'],
  [/!=$/, '≠'],
  [/(?<![\d/])1\/2 $/, '½ '],
  [/(?<![\d/])1\/4 $/, '¼ '],
  [/(?<![\d/])3\/4 $/, '¾ '],
]

export const Replacements = Extension.create({
  name: 'replacements',
  addInputRules: () => RULES.map(([find, replace]) => new InputRule({
    find: (text) => {
      const match = areOn() ? find.exec(text) : null
      return match && { index: match.index, text: match[0] }
    },
    handler: ({ state, range }) => void state.tr.insertText(replace, range.from, range.to),
  })),
})
