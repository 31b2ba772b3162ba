// A footnote: a number in the text, whose note is shown below the text and in a card beside the number.
import { InputRule, Node } from '@tiptap/core'
import type { NodeType } from '@tiptap/pm/model'
import { type EditorState, NodeSelection, Plugin } from '@tiptap/pm/state'
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

const isSelected = ({ selection }: EditorState, type: NodeType): boolean => selection instanceof NodeSelection && selection.node.type === type

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
    // The numbers already contain their notes.
    { tag: 'section[role="doc-endnotes"]', ignore: true, priority: 1_000 },
  ],
  // The copied content contains the note itself: other programs would not have it otherwise.
  renderHTML: ({ node, HTMLAttributes }) => ['sup', HTMLAttributes, `[${node.attrs.text ?? ''}]`],
  renderText: ({ node }) => ` [${node.attrs.text ?? ''}]`,
  addNodeView: () => ({ editor, getPos }) => {
    // For screen readers, the number of a footnote is a link. It opens the card.
    const dom = document.createElement('a')
    dom.className = 'footnote'
    dom.href = '#'
    dom.draggable = false
    dom.setAttribute('role', 'doc-noteref')
    dom.contentEditable = 'false'
    dom.addEventListener('click', (event) => {
      event.preventDefault()
      const at = getPos()
      if (at !== undefined) editor.commands.setNodeSelection(at)
    })
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
  addInputRules: () => [
    new InputRule({
      find: /\[\^\d*\]$/,
      handler: ({ chain, range }) => {
        chain().deleteRange(range).insertFootnote().run()
      },
    }),
  ],
  addKeyboardShortcuts() {
    return {
      // From the selected number to its note.
      Enter: () => {
        const field = isSelected(this.editor.state, this.type) ? document.querySelector<HTMLElement>(FIELD) : null
        field?.focus()
        return field !== null
      },
    }
  },
  addProseMirrorPlugins() {
    // What is typed while a number is selected belongs into its note: in the text, it would replace the footnote.
    const typing = new Plugin({
      props: {
        handleKeyDown: (view, event) => {
          const isLetter = event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey
          const field = isLetter && view.editable && isSelected(view.state, this.type) ? document.querySelector<HTMLTextAreaElement>(FIELD) : null
          field?.focus()
          field?.setSelectionRange(field.value.length, field.value.length)
          return false
        },
      },
    })
    return [numbering(), typing]
  },
})

