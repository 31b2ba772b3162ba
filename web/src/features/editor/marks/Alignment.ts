// To which side paragraphs and headings are aligned. The attribute has the name that Tiptap's own extension gives it; the
// HTML has an attribute instead of a style, as cells have.
import { Extension } from '@tiptap/core'

export type Side = 'left' | 'center' | 'right'

declare module '@tiptap/core' {
  interface Commands<ReturnType> {
    alignment: {
      /** Aligns the selected lines. `null`: to where their language begins. */
      alignText: (side: Side | null) => ReturnType
    }
  }
}

const TYPES = ['paragraph', 'heading']
const isSide = (side: string | null): side is Side => side === 'left' || side === 'center' || side === 'right'
const sideOf = (line: HTMLElement): Side | null => [line.getAttribute('align'), line.style.textAlign].find(isSide) ?? null

export const Alignment = Extension.create({
  name: 'alignment',
  addGlobalAttributes: () => [{
    types: TYPES,
    attributes: { textAlign: { default: null, parseHTML: sideOf, renderHTML: ({ textAlign }) => (isSide(textAlign) ? { align: textAlign } : {}) } },
  }],
  addCommands: () => ({
    alignText: (side) => ({ commands }) => TYPES.map((type) => commands.updateAttributes(type, { textAlign: side })).some(Boolean),
  }),
  addKeyboardShortcuts() {
    return {
      'Mod-Shift-l': () => this.editor.commands.alignText(null),
      'Mod-Shift-e': () => this.editor.commands.alignText('center'),
      'Mod-Shift-r': () => this.editor.commands.alignText('right'),
    }
  },
})
