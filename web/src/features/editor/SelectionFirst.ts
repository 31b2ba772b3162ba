// Reads where the caret is before each key. The browser says later that it has moved; when the page is busy, keys that
// were pressed meanwhile come first, and an arrow key and Enter would replace the words that were selected before.
import { Extension } from '@tiptap/core'
import { Plugin } from '@tiptap/pm/state'
import type { EditorView } from '@tiptap/pm/view'

/** What an editor's view reads changes of the browser with; not public. */
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
