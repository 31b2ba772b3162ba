// The text of a person who suggests: the same editor and tools, bound to their own view instead of the document.
import type { Editor } from '@tiptap/core'
import { UndoRedo } from '@tiptap/extensions/undo-redo'
import { useEffect, useRef } from 'react'
import { useStore } from '../../store'
import type { Attachments } from '../files'
import { type SuggestingView, ViewMarks, rangeIn } from '../suggesting'
import { EditorContent } from './EditorContent'
import { Base } from './base'
import { common } from './common'
import { type EditorEvents, type Writer, tools } from './extensions'
import { useEditor } from './useEditor'
import { attributes } from './useShortcuts'

interface Props {
  view: SuggestingView
  /** The editor of the document itself, which is hidden meanwhile. */
  base: Editor
  attachments: Attachments
  me: Writer
  events: Omit<EditorEvents, 'onLost'>
  /** Whether the person has just asked to suggest. */
  isWanted: boolean
  onReady: (own: Editor | null) => void
}

export function OwnText(props: Props) {
  const content = useStore(props.view, (state) => state.content)
  return content && <Opened {...props} />
}

function Opened({ view, base, attachments, me, events, isWanted, onReady }: Props) {
  const isOpen = useStore(view, (state) => state.phase === 'open')
  // The editor of the document may be re-created while this one exists.
  const current = useRef(base)
  current.current = base
  const own = useEditor({
    extensions: [
      ...common,
      UndoRedo,
      // Nothing that is suggested is written to the document.
      ...tools(attachments, { isOffline: () => !navigator.onLine, appends: false }, events),
      ViewMarks.configure({ color: me.color, onOpen: events.onOpenSuggestion }),
      Base.configure({ editor: () => current.current }),
    ],
    content: view.state.content,
    editable: isOpen,
    injectCSS: false,
    editorProps: { attributes },
  }, view)
  useEffect(() => own?.setEditable(isOpen), [own, isOpen])
  const wanted = useRef(isWanted)
  useEffect(() => {
    if (!own) return
    const note = ({ transaction, appendedTransactions }: { transaction: Parameters<SuggestingView['note']>[0]; appendedTransactions: Parameters<SuggestingView['note']>[1] }) => view.note(transaction, appendedTransactions)
    // `attach` puts unsent text from this device into the editor at once, so the listener is added first.
    own.on('transaction', note)
    view.attach({
      get state() {
        return own.state
      },
      get composing() {
        return own.view.composing
      },
      dispatch: (tr) => own.view.dispatch(tr),
    })
    if (current.current.isFocused || wanted.current) own.commands.focus(undefined, { scrollIntoView: false })
    takeSelection(current.current, own)
    onReady(own)
    return () => {
      own.off('transaction', note)
      const [base, wasFocused] = [current.current, own.isFocused]
      if (!base.isDestroyed) {
        takeSelection(own, base)
        if (wasFocused) setTimeout(() => base.isDestroyed || base.commands.focus(undefined, { scrollIntoView: false }))
      }
      view.detach()
      onReady(null)
    }
  }, [own, view, onReady])
  return <EditorContent editor={own} />
}

/** Selects in one of the two texts what is selected in the other. */
function takeSelection(from: Editor, to: Editor): void {
  to.commands.setTextSelection(rangeIn(from.state.doc, to.state.doc, from.state.selection))
}
