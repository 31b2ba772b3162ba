// What appears beside the text while one reads and writes. The bars are loaded once the text is used; fields, where one
// types on at once, come with the text.
import type { Editor } from '@tiptap/core'
import { useEffect, useState } from 'react'
import { lazily } from '../../elements/lazily'
import type { DocumentMode } from '../suggesting'
import { FootnotePopover } from './footnote/FootnotePopover'
import { LinkPopover } from './links/LinkPopover'
import type { DocumentPanels } from './panels'
import type { EditorTools } from './tools'

const bars = () => import('./bars')
const BlockHandle = lazily(bars, 'BlockHandle')
const BubbleMenu = lazily(bars, 'BubbleMenu')
const TableMenu = lazily(bars, 'TableMenu')

interface Props {
  editor: Editor
  document: string
  panels: DocumentPanels
  tools: EditorTools
  mode: DocumentMode
  isSuggesting: boolean
  editable: boolean
  mayComment: boolean
}

export function Beside({ editor, document, panels, tools, mode, isSuggesting, editable, mayComment }: Props) {
  const use = useFirstUse(editor)
  return (
    <>
      {use && <BubbleMenu editor={editor} panels={panels} tools={tools} mode={mode} isSuggesting={isSuggesting} editable={editable} mayComment={mayComment} />}
      <LinkPopover editor={editor} tools={tools} editable={editable} />
      <FootnotePopover editor={editor} editable={editable} />
      {use && <TableMenu editor={editor} panels={panels} editable={editable} mayComment={mayComment} />}
      {use && <BlockHandle editor={editor} document={document} panels={panels} editable={editable} mayComment={mayComment} pointerY={use.pointerY} />}
    </>
  )
}

/** Where the mouse was when the text was first used, by mouse or otherwise; null until then. */
function useFirstUse(editor: Editor): { pointerY: number | undefined } | null {
  const [use, setUse] = useState<{ pointerY: number | undefined } | null>(null)
  useEffect(() => {
    const sheet = editor.view.dom.closest<HTMLElement>('.sheet')
    const onMove = ({ clientY, pointerType }: PointerEvent) => setUse((known) => known ?? { pointerY: pointerType === 'touch' ? undefined : clientY })
    const onFocus = () => setUse((known) => known ?? { pointerY: undefined })
    sheet?.addEventListener('pointermove', onMove)
    editor.on('focus', onFocus)
    if (editor.isFocused) onFocus()
    return () => {
      sheet?.removeEventListener('pointermove', onMove)
      editor.off('focus', onFocus)
    }
  }, [editor])
  return use
}
