// Highlights and coloured text, and what is above or below the line. Tiptap's own colours are styles, which the policy of
// our pages forbids in exported HTML, and any colour at all, which is not readable in both themes.
import { Mark, markInputRule } from '@tiptap/core'
import { Subscript } from '@tiptap/extension-subscript'
import { Superscript } from '@tiptap/extension-superscript'
import { type Color, HIGHLIGHT, isColor } from './colors'

declare module '@tiptap/core' {
  interface Commands<ReturnType> {
    colors: {
      /** Colours the selected words; `null` takes their colour away. */
      colorText: (color: Color | null) => ReturnType
      highlightText: (color: Color | null) => ReturnType
    }
  }
}

const colorOf = (element: HTMLElement) => element.getAttribute('data-color')

export const Highlight = Mark.create({
  name: 'highlight',
  addAttributes: () => ({
    color: {
      default: HIGHLIGHT,
      parseHTML: (element: HTMLElement) => (isColor(colorOf(element)) ? colorOf(element) : HIGHLIGHT),
      renderHTML: ({ color }) => (color === HIGHLIGHT || !isColor(color) ? {} : { 'data-color': color }),
    },
  }),
  parseHTML: () => [{ tag: 'mark' }],
  renderHTML: ({ HTMLAttributes }) => ['mark', HTMLAttributes, 0],
  addCommands() {
    return { highlightText: (color) => ({ commands }) => (color ? commands.setMark(this.name, { color }) : commands.unsetMark(this.name)) }
  },
  addKeyboardShortcuts() {
    return { 'Mod-Shift-h': () => this.editor.commands.toggleMark(this.name) }
  },
  addInputRules() {
    return [markInputRule({ find: /(?:^|\s)(==(?!\s)([^=]+)(?<!\s)==)$/, type: this.type })]
  },
})

export const TextColor = Mark.create({
  name: 'textColor',
  addAttributes: () => ({
    color: { default: 'gray', parseHTML: colorOf, renderHTML: ({ color }) => ({ 'data-color': isColor(color) ? color : 'gray' }) },
  }),
  parseHTML: () => [{ tag: 'span[data-color]', getAttrs: (element: HTMLElement) => (isColor(colorOf(element)) ? null : false) }],
  renderHTML: ({ HTMLAttributes }) => ['span', HTMLAttributes, 0],
  addCommands() {
    return { colorText: (color) => ({ commands }) => (color ? commands.setMark(this.name, { color }) : commands.unsetMark(this.name)) }
  },
})

/** Superscript and subscript exclude each other. */
const Below = Subscript.extend({
  addKeyboardShortcuts() {
    return { 'Mod-,': () => this.editor.chain().unsetSuperscript().toggleSubscript().run() }
  },
})
const Above = Superscript.extend({
  addKeyboardShortcuts() {
    return { 'Mod-.': () => this.editor.chain().unsetSubscript().toggleSuperscript().run() }
  },
})

export const looks = [Highlight, TextColor, Below, Above]
