// Beside selected words: what is most often done with them.
import { TextSelection } from '@tiptap/pm/state'
import type { Editor } from '@tiptap/core'
import { MessageSquarePlus, PencilLine } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { useStore } from '../../../store'
import { withKeys } from '../keys'
import type { DocumentMode } from '../../suggesting'
import { t } from '../messages'
import type { DocumentPanels } from '../panels'
import { hasPassage, selectedPassage } from '../passage'
import type { EditorTools } from '../tools'
import { useFloating } from '../useFloating'
import { useHasFocus } from '../useHasFocus'
import { ColorMenu, colorsAt } from './ColorMenu'
import { ToolButton, icon, statesOf } from './ToolButton'
import { HIGHLIGHT, LINK, MARKS } from './tools'
import { useEditorState } from '../useEditorState'

interface Props {
  editor: Editor
  panels: DocumentPanels
  tools: EditorTools
  mode: DocumentMode
  isSuggesting: boolean
  editable: boolean
  mayComment: boolean
}

export function BubbleMenu({ editor, panels, tools, mode, isSuggesting, editable, mayComment }: Props) {
  const bar = useRef<HTMLDivElement>(null)
  const isLinking = useStore(tools, (state) => state.isLinking)
  const [isSelecting, setSelecting] = useState(false)
  const { hasFocus, onBlur } = useHasFocus(editor, bar)
  const { passage, from, to, on, colors } = useEditorState(editor, (editor) => {
    const { state } = editor
    const isText = state.selection instanceof TextSelection && !state.selection.empty
    return { passage: isText ? hasPassage(state) : null, from: state.selection.from, to: state.selection.to, on: isText ? statesOf(editor, [...MARKS, HIGHLIGHT, LINK]) : null, colors: isText ? colorsAt(editor) : null }
  })
  useEffect(() => {
    const { dom } = editor.view
    const down = () => setSelecting(true)
    const up = () => setSelecting(false)
    dom.addEventListener('pointerdown', down)
    addEventListener('pointerup', up)
    addEventListener('pointercancel', up)
    return () => {
      dom.removeEventListener('pointerdown', down)
      removeEventListener('pointerup', up)
      removeEventListener('pointercancel', up)
    }
  }, [editor])
  const [dismissed, dismiss] = useState('')
  const selection = `${from} ${to}`
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => event.key === 'Escape' && dismiss(selection)
    addEventListener('keydown', onKeyDown, true)
    return () => removeEventListener('keydown', onKeyDown, true)
  }, [selection])
  const isShown = passage !== null && (editable || mayComment) && !isSelecting && hasFocus && !isLinking && dismissed !== selection
  const rect = () => {
    const [start, end] = [editor.view.coordsAtPos(from), editor.view.coordsAtPos(to, -1)]
    const isOneLine = end.top < start.bottom
    return { left: isOneLine ? start.left : Math.min(start.left, end.left), right: end.right, top: start.top, bottom: end.bottom }
  }
  useFloating(bar, { rect, prefers: 'above' }, isShown, from, to)
  if (!isShown) return null
  const comment = () => {
    const selected = selectedPassage(editor.state)
    if (selected) panels.beginThread({ passage: selected })
  }
  return (
    <div ref={bar} className="floating bubble tools" role="toolbar" aria-label={t.selectedWords} onBlur={onBlur}>
      {editable && [...MARKS, HIGHLIGHT].map((tool) => <ToolButton key={tool.label} tool={tool} isOn={on?.[tool.label]} onUse={() => tool.run(editor)} />)}
      {editable && colors && <ColorMenu editor={editor} colors={colors} />}
      {editable && <ToolButton tool={LINK} isOn={on?.[LINK.label]} onUse={() => tools.link(true)} />}
      {mayComment && (
        <>
          <button type="button" className="button quiet" aria-label={t.commentOnTheSelectedWords} title={withKeys(t.commentOnTheSelectedWords, 'Mod-Alt-m')} onMouseDown={(event) => event.preventDefault()} onClick={comment}><MessageSquarePlus {...icon} /></button>
          {!isSuggesting && <button type="button" className="button quiet" aria-label={t.suggestOtherWords} title={t.suggestOtherWords} onMouseDown={(event) => event.preventDefault()} onClick={() => mode.choose('suggesting')}><PencilLine {...icon} /></button>}
        </>
      )}
    </div>
  )
}
