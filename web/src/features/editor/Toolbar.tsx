import { type Editor, useEditorState } from '@tiptap/react'
import { Bold, Heading2, ImagePlus, Italic, List, ListChecks, ListOrdered, MessageSquarePlus, PencilLine, Quote, Redo2, Strikethrough, Table, Undo2, UserSearch } from 'lucide-react'
import type { DocumentPanels } from './panels'
import { selectedPassage } from './passage'

interface Props {
  editor: Editor
  panels: DocumentPanels
  editable: boolean
  mayComment: boolean
}

const icon = { size: 16, strokeWidth: 1.75, 'aria-hidden': true } as const

const TOOLS = [
  { label: 'Bold', Icon: Bold, isOn: (editor: Editor) => editor.isActive('bold'), run: (editor: Editor) => editor.chain().focus().toggleBold().run() },
  { label: 'Italic', Icon: Italic, isOn: (editor: Editor) => editor.isActive('italic'), run: (editor: Editor) => editor.chain().focus().toggleItalic().run() },
  { label: 'Strike', Icon: Strikethrough, isOn: (editor: Editor) => editor.isActive('strike'), run: (editor: Editor) => editor.chain().focus().toggleStrike().run() },
  { label: 'Heading', Icon: Heading2, isOn: (editor: Editor) => editor.isActive('heading', { level: 2 }), run: (editor: Editor) => editor.chain().focus().toggleHeading({ level: 2 }).run() },
  { label: 'Bullet list', Icon: List, isOn: (editor: Editor) => editor.isActive('bulletList'), run: (editor: Editor) => editor.chain().focus().toggleBulletList().run() },
  { label: 'Numbered list', Icon: ListOrdered, isOn: (editor: Editor) => editor.isActive('orderedList'), run: (editor: Editor) => editor.chain().focus().toggleOrderedList().run() },
  { label: 'Task list', Icon: ListChecks, isOn: (editor: Editor) => editor.isActive('taskList'), run: (editor: Editor) => editor.chain().focus().toggleTaskList().run() },
  { label: 'Quote', Icon: Quote, isOn: (editor: Editor) => editor.isActive('blockquote'), run: (editor: Editor) => editor.chain().focus().toggleBlockquote().run() },
  { label: 'Table', Icon: Table, run: (editor: Editor) => editor.chain().focus().insertTable({ rows: 3, cols: 3, withHeaderRow: true }).run() },
  { label: 'Upload image or file', Icon: ImagePlus, run: (editor: Editor) => editor.chain().focus().pickFiles().run() },
  { label: 'Undo', Icon: Undo2, run: (editor: Editor) => editor.chain().focus().undo().run() },
  { label: 'Redo', Icon: Redo2, run: (editor: Editor) => editor.chain().focus().redo().run() },
]

/** The few formatting buttons, for use with a mouse. */
export function Toolbar({ editor, panels, editable, mayComment }: Props) {
  const { passage, pressed } = useEditorState({
    editor,
    selector: ({ editor }) => ({ passage: selectedPassage(editor.state), pressed: TOOLS.map(({ isOn }) => isOn?.(editor)) }),
  })
  const withPassage = (act: (passage: NonNullable<ReturnType<typeof selectedPassage>>) => void) => () => {
    const selected = selectedPassage(editor.state)
    if (selected) act(selected)
  }
  return (
    <div className="tools" role="toolbar" aria-label={editable ? 'Formatting' : 'Comments'}>
      {editable && TOOLS.map(({ label, Icon, run }, index) => (
        <button key={label} type="button" className="button quiet" aria-label={label} aria-pressed={pressed[index]} onClick={() => run(editor)}><Icon {...icon} /></button>
      ))}
      {mayComment && (
        <>
          <button type="button" className="button quiet" disabled={!passage} onClick={withPassage((passage) => panels.beginThread({ passage, kind: 'comment' }))}><MessageSquarePlus {...icon} />Comment</button>
          <button type="button" className="button quiet" disabled={!passage?.isOneLine} onClick={withPassage((passage) => panels.beginThread({ passage, kind: 'suggestion' }))}><PencilLine {...icon} />Suggest</button>
        </>
      )}
      <button type="button" className="button quiet" aria-label="Who wrote this" title="Who wrote this" disabled={!passage} onClick={withPassage(panels.askAuthors)}><UserSearch {...icon} /></button>
    </div>
  )
}
