// Pastes from other programs: structure is kept, styles are dropped, and plain text that is Markdown or cells becomes
// formatted text or a table. Ctrl-Shift-V pastes plain text as it is. If a paste was read as something else, the first
// undo leaves the plain text.
import { Extension } from '@tiptap/core'
import { Plugin, PluginKey } from '@tiptap/pm/state'
import type { EditorView } from '@tiptap/pm/view'
import { yUndoPluginKey } from '@tiptap/y-tiptap'
import type * as Y from 'yjs'
import type { Attachments } from '../../files'
import type { Pasted, PasteNotices } from './notices'

interface Options {
  attachments: Attachments | null
  notices: PasteNotices | null
}

/** The last paste whose text was read as something else, with its undo step. */
interface Read {
  text: string
  step: unknown
}

declare module '@tiptap/core' {
  interface Storage {
    pasteFrom: { read: Read | null; isPlainNext: boolean }
  }
  interface Commands<ReturnType> {
    pasteFrom: {
      /** Undoes the last step. If that was a paste whose text was read as something else, the plain text stays. */
      undoStep: () => ReturnType
    }
  }
}

const pipeline = () => import('./pipeline')

export const Paste = Extension.create<Options, { read: Read | null; isPlainNext: boolean }>({
  name: 'pasteFrom',
  // Higher than the collaboration extension, so that this extension's undo is tried first.
  priority: 1_100,
  addOptions: () => ({ attachments: null, notices: null }),
  addStorage: () => ({ read: null, isPlainNext: false }),
  addKeyboardShortcuts() {
    return { 'Mod-z': () => this.editor.commands.undoStep() }
  },
  addCommands() {
    return {
      undoStep: () => ({ editor, tr, dispatch }) => {
        tr.setMeta('preventDispatch', true)
        if (!dispatch) return true
        const { read } = this.storage
        this.storage.read = null
        const isLast = read !== null && stepOf(editor.view) === read.step
        const isUndone = editor.commands.undo()
        if (isLast) void pipeline().then(({ pastePlain }) => pastePlain(editor.view, read.text))
        return isUndone
      },
    }
  },
  onCreate() {
    // Loaded in advance, so that the first paste need not wait.
    const load = () => void pipeline().catch(() => undefined)
    if ('requestIdleCallback' in window) requestIdleCallback(load, { timeout: 5_000 })
    else setTimeout(load, 1_000)
  },
  addProseMirrorPlugins() {
    const { storage, options } = this
    return [
      new Plugin({
        key: new PluginKey('pasteFrom'),
        props: {
          handleDOMEvents: {
            keydown: (_view, event) => {
              storage.isPlainNext = event.key.toLowerCase() === 'v' && event.shiftKey && (event.ctrlKey || event.metaKey)
              return false
            },
            paste: (view, event) => {
              const isPlain = storage.isPlainNext
              storage.isPlainNext = false
              return take(view, event, isPlain, options, (read) => (storage.read = read))
            },
          },
        },
      }),
    ]
  },
})

const stepOf = (view: EditorView) => (yUndoPluginKey.getState(view.state)?.undoManager as Y.UndoManager | undefined)?.undoStack.at(-1)

function take(view: EditorView, event: ClipboardEvent, isPlain: boolean, { attachments, notices }: Options, onRead: (read: Read | null) => void): boolean {
  const data = event.clipboardData
  if (!data || !view.editable || view.state.selection.$from.parent.type.spec.code) return false
  const html = isPlain ? '' : data.getData('text/html')
  const text = data.getData('text/plain')
  // Content from a ProseMirror editor needs no conversion, and files alone are uploads.
  if (html.includes('data-pm-slice') || (html === '' && text === '')) return false
  // A picture that was copied on a web page comes with its tag.
  if (data.files.length > 0 && text === '' && !/<(p|table|h[1-6]|ul|ol|span|div)[\s>]/i.test(html)) return false
  event.preventDefault()
  const isMarkdown = /"mode":"markdown"/.test(data.getData('vscode-editor-data'))
  onRead(null)
  pipeline().then(async ({ paste, pastePlain }) => {
    if (isPlain) return pastePlain(view, text)
    const pasted: Pasted = await paste(view, event, { html, text, isMarkdown }, attachments)
    if (pasted.isRead) onRead({ text, step: stepOf(view) })
    notices?.tell(pasted)
  }).catch((problem) => {
    // The code that reads pastes did not load, so only the text is pasted.
    console.warn('The paste could not be read.', problem)
    view.pasteText(text)
  })
  return true
}
