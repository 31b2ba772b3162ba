// Shows in an empty document what can be done. Only the first line is checked, however long the document is.
import { Extension } from '@tiptap/core'
import { Plugin, PluginKey } from '@tiptap/pm/state'
import { Decoration, DecorationSet } from '@tiptap/pm/view'

export const Invitation = Extension.create<{ words: string }>({
  name: 'invitation',
  addOptions: () => ({ words: '' }),
  addProseMirrorPlugins() {
    const { editor, options } = this
    return [
      new Plugin({
        key: new PluginKey('invitation'),
        props: {
          decorations: ({ doc }) => {
            const line = doc.firstChild
            const isEmpty = doc.childCount === 1 && line?.type.name === 'paragraph' && line.content.size === 0
            if (!isEmpty || !line || !editor.isEditable) return null
            return DecorationSet.create(doc, [Decoration.node(0, line.nodeSize, { class: 'is-empty', 'data-placeholder': options.words })])
          },
        },
      }),
    ]
  },
})
