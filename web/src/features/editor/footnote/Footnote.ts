// A footnote: a number in the text, whose note is shown below the text and in a card beside the number.
import { Node, mergeAttributes } from '@tiptap/core'
import { NodeSelection } from '@tiptap/pm/state'
import { numbering } from './notes'

declare module '@tiptap/core' {
  interface Commands<ReturnType> {
    footnote: {
      /** Adds an empty footnote behind what is selected, and opens its card. */
      insertFootnote: () => ReturnType
    }
  }
}

/** The field in the card of the footnote that is selected. not a text: a selector */
export const FIELD = '.footnote-card textarea'

export const Footnote = Node.create({
  name: 'footnote',
  group: 'inline',
  inline: true,
  atom: true,
  addAttributes: () => ({
    text: { default: null, parseHTML: (number: HTMLElement) => number.getAttribute('data-footnote') || null, renderHTML: ({ text }) => ({ 'data-footnote': text ?? '' }) },
  }),
  parseHTML: () => [
    // Before the mark for superscript.
    { tag: 'sup[data-footnote]', priority: 1_000 },
    // Each number has its note with it.
    { tag: 'section[role="doc-endnotes"]', ignore: true, priority: 1_000 },
  ],
  // Where it is copied to, nothing else has the note. not a text: the name of a role
  renderHTML: ({ node, HTMLAttributes }) => ['sup', mergeAttributes(HTMLAttributes, { role: 'doc-noteref' }), `[${node.attrs.text ?? ''}]`],
  renderText: ({ node }) => ` [${node.attrs.text ?? ''}]`,
  addNodeView: () => () => {
    const dom = document.createElement('sup')
    dom.className = 'footnote'
    dom.setAttribute('role', 'doc-noteref')
    dom.contentEditable = 'false'
    return { dom, ignoreMutation: () => true }
  },
  addCommands() {
    return {
      insertFootnote: () => ({ state, tr, dispatch }) => {
        const { $to } = state.selection
        if (!$to.parent.inlineContent || !$to.parent.canReplaceWith($to.index(), $to.index(), this.type)) return false
        if (dispatch) {
          tr.insert($to.pos, this.type.create())
          tr.setSelection(NodeSelection.create(tr.doc, $to.pos)).scrollIntoView()
        }
        return true
      },
    }
  },
  addKeyboardShortcuts() {
    return {
      // From the selected number to its note.
      Enter: () => {
        const { selection } = this.editor.state
        const field = selection instanceof NodeSelection && selection.node.type === this.type ? document.querySelector<HTMLElement>(FIELD) : null
        field?.focus()
        return field !== null
      },
    }
  },
  addProseMirrorPlugins: () => [numbering()],
})

