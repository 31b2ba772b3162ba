// A coloured box around blocks: a note, a tip, a warning.
import { Node, type NodeViewRendererProps, mergeAttributes, wrappingInputRule } from '@tiptap/core'
import { CALLOUTS, type CalloutKind, calloutKindOf } from '../../../callouts'
import { t } from '../messages'

declare module '@tiptap/core' {
  interface Commands<ReturnType> {
    callout: {
      /**
       * Puts the selected blocks into a callout, changes the kind of the callout that they are in, or takes them out
       * of it if it has this kind.
       */
      toggleCallout: (kind: CalloutKind) => ReturnType
    }
  }
}

/** A callout with the name of its kind; for people who may edit, the name is a drop-down list of all kinds. */
function calloutView({ node, editor, getPos }: NodeViewRendererProps) {
  const dom = document.createElement('div')
  const choice = document.createElement('select')
  const content = document.createElement('div')
  dom.setAttribute('role', 'note')
  choice.contentEditable = 'false'
  choice.setAttribute('aria-label', t.kindOfCallout)
  for (const [kind, title] of Object.entries(CALLOUTS)) choice.add(new Option(title, kind))
  dom.append(choice, content)
  let current = node
  const draw = () => {
    const kind = calloutKindOf(current.attrs.kind)
    dom.dataset.callout = kind
    dom.setAttribute('aria-label', CALLOUTS[kind])
    choice.value = kind
    choice.disabled = !editor.isEditable
  }
  choice.addEventListener('change', () => {
    const at = getPos()
    const { value } = choice
    draw()
    if (at !== undefined && editor.isEditable) editor.chain().command(({ tr }) => Boolean(tr.setNodeAttribute(at, 'kind', value))).focus(undefined, { scrollIntoView: false }).run()
  })
  // The editor also emits `update` when it becomes editable or read-only.
  editor.on('update', draw)
  draw()
  return {
    dom,
    contentDOM: content,
    stopEvent: (event: Event) => event.target === choice,
    ignoreMutation: (mutation: { type: string; target: globalThis.Node }) => mutation.type !== 'selection' && !content.contains(mutation.target),
    update(updated: typeof node) {
      if (updated.type !== node.type) return false
      current = updated
      draw()
      return true
    },
    destroy: () => void editor.off('update', draw),
  }
}

export const Callout = Node.create({
  name: 'callout',
  group: 'block',
  content: 'block+',
  defining: true,
  addAttributes: () => ({
    kind: { default: 'note', parseHTML: (box: HTMLElement) => calloutKindOf(box.getAttribute('data-callout')), renderHTML: ({ kind }) => ({ 'data-callout': calloutKindOf(kind) }) },
  }),
  parseHTML: () => [{ tag: 'div[data-callout]' }],
  // not a text: the name of a role
  renderHTML: ({ HTMLAttributes }) => ['div', mergeAttributes(HTMLAttributes, { role: 'note' }), 0],
  addNodeView: () => calloutView,
  addCommands() {
    return {
      toggleCallout: (kind) => ({ editor, commands }) => {
        if (!editor.isActive(this.name)) return commands.wrapIn(this.name, { kind })
        return editor.isActive(this.name, { kind }) ? commands.lift(this.name) : commands.updateAttributes(this.name, { kind })
      },
    }
  },
  addKeyboardShortcuts() {
    return { 'Mod-Alt-b': () => this.editor.commands.toggleCallout('note') }
  },
  addInputRules() {
    const kinds = Object.keys(CALLOUTS).join('|')
    return [wrappingInputRule({ find: new RegExp(`^\\[!(${kinds})\\]\\s$`, 'i'), type: this.type, getAttributes: ([, kind = '']) => ({ kind: kind.toLowerCase() }), joinPredicate: () => false })]
  },
})
