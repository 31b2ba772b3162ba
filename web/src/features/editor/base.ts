// From the text of a suggester to the document that it is made from, and back.
import { type Editor, Extension } from '@tiptap/core'
import type { Node } from '@tiptap/pm/model'
import { type EditorState, Plugin, PluginKey } from '@tiptap/pm/state'
import type { Mapping } from '@tiptap/pm/transform'
import { mappingBetween } from '../suggesting'

const key = new PluginKey<() => Editor | null>('base')

/** Gives access to the editor of the document, which may be re-created. */
export const Base = Extension.create<{ editor: () => Editor | null }>({
  name: 'base',
  addOptions: () => ({ editor: () => null }),
  addProseMirrorPlugins() {
    const { editor } = this.options
    return [new Plugin({ key, state: { init: () => editor, apply: (_tr, editor) => editor } })]
  },
})

export interface BaseText {
  state: EditorState
  toBase: Mapping
  fromBase: Mapping
}

const known = new WeakMap<Node, { doc: Node } & Pick<BaseText, 'toBase' | 'fromBase'>>()

/** The document of which a text is one person's view; null for the document itself. */
export function baseOf(state: EditorState): BaseText | null {
  const editor = key.getState(state)?.()
  if (!editor) return null
  const { doc } = editor.state
  let both = known.get(state.doc)
  if (both?.doc !== doc) {
    both = { doc, toBase: mappingBetween(state.doc, doc), fromBase: mappingBetween(doc, state.doc) }
    known.set(state.doc, both)
  }
  return { state: editor.state, toBase: both.toBase, fromBase: both.fromBase }
}
