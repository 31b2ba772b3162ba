// Reads the position of the caret before each key is handled. The browser reports a moved caret with a delay. On a busy
// page, keys pressed meanwhile are handled first: an arrow key followed by Enter would replace the words that were
// selected before.
import { Extension } from '@tiptap/core'
import { Plugin } from '@tiptap/pm/state'
import type { EditorView } from '@tiptap/pm/view'

/** The part of an editor's view that reads changes of the browser; it is not public. */
const observerOf = (view: EditorView) => (view as unknown as { domObserver: { flush: () => void } }).domObserver

export const SelectionFirst = Extension.create({
  name: 'selectionFirst',

  addProseMirrorPlugins() {
    return [
      new Plugin({
        props: {
          handleDOMEvents: {
            keydown: (view) => {
              if (!view.composing) observerOf(view).flush()
              return false
            },
          },
        },
      }),
    ]
  },
})
