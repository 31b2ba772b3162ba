// Keeps the editor in step with its document. y-tiptap may throw while it takes over an edit (it resolves old positions
// in a text that has become shorter). Without this, the editor would go on with the old text, and the next letter typed
// would take back what the others wrote.
import { Extension } from '@tiptap/core'
import { Plugin, PluginKey, TextSelection } from '@tiptap/pm/state'
import type { EditorView } from '@tiptap/pm/view'
import { relativePositionToAbsolutePosition, ySyncPluginKey } from '@tiptap/y-tiptap'
import type * as Y from 'yjs'

type Observer = Parameters<Y.XmlFragment['observeDeep']>[0]

/** The parts used here of y-tiptap's binding, which connects an editor to a document. */
interface Binding {
  doc: Y.Doc
  type: Y.XmlFragment
  mapping: Map<Y.AbstractType<unknown>, never>
  /** The selection before the edit, as relative positions. */
  beforeTransactionSelection: { anchor: Y.RelativePosition | null; head: Y.RelativePosition | null } | null
  mux: (work: () => void) => void
  _observeFunction: Observer
  _forceRerender: () => void
}

export const SyncRecovery = Extension.create<{ onLost: () => void }>({
  name: 'syncRecovery',
  addOptions: () => ({ onLost: () => {} }),
  addProseMirrorPlugins() {
    const { onLost } = this.options
    const view = (view: EditorView) => {
      guard(view, onLost)
      return {}
    }
    return [new Plugin({ key: new PluginKey('syncRecovery'), view })]
  },
})

const guarded = new WeakSet<Binding>()

/** `onLost`: the editor cannot show the document, and must be made again. */
function guard(view: EditorView, onLost: () => void): void {
  const { binding } = ySyncPluginKey.getState(view.state) as { binding: Binding }
  if (guarded.has(binding)) return
  guarded.add(binding)
  const follow = binding._observeFunction
  const followOrRecover: Observer = (events, transaction) => {
    const selection = binding.beforeTransactionSelection
    try {
      follow(events, transaction)
    } catch (error) {
      console.warn('The editor could not follow an edit, and is read again from the document.', error)
      try {
        binding.beforeTransactionSelection = null
        binding._forceRerender()
        if (selection) binding.mux(() => restore(view, binding, selection))
      } catch {
        onLost()
      }
    }
  }
  binding.type.unobserveDeep(follow)
  // y-tiptap stops observing with this function, and starts again with it when plugins change.
  binding._observeFunction = followOrRecover
  binding.type.observeDeep(followOrRecover)
}

function restore(view: EditorView, { doc, type, mapping }: Binding, { anchor, head }: NonNullable<Binding['beforeTransactionSelection']>): void {
  const { state } = view
  const place = (position: Y.RelativePosition | null, otherwise: number) => {
    const at = position && relativePositionToAbsolutePosition(doc, type, position, mapping)
    return state.doc.resolve(Math.min(at ?? otherwise, state.doc.content.size))
  }
  const selection = TextSelection.between(place(anchor, state.selection.anchor), place(head, state.selection.head))
  view.dispatch(state.tr.setSelection(selection).setMeta('addToHistory', false))
}
