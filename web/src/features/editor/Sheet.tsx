// The text itself, and the few buttons that a mouse wants.
import { EditorContent, useEditor, useEditorState } from '@tiptap/react'
import { Bold, Heading2, Italic, List, ListChecks, ListOrdered, MessageSquarePlus, PencilLine, Quote, Redo2, Strikethrough, Table, Undo2, UserSearch } from 'lucide-react'
import { type ReactNode, useEffect, useRef } from 'react'
import type { ThreadView } from '../../api'
import type { DocumentSession } from '../../sync/session'
import { showPassages } from '../comments/CommentMarks'
import type { NewThread } from '../comments/CommentsPanel'
import { type Anchor, selectedPassage } from '../comments/passage'
import { Rescue } from './Rescue'
import { type Writer, extensions } from './extensions'
import { useSession } from './useSession'

const WORDS_A_MINUTE = 220

/** As the server counts them: what has a letter or a digit. */
const count = (text: string): number => text.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length

interface Props {
  session: DocumentSession
  me: Writer
  mayEdit: boolean
  name: string
  title: ReactNode
  mayComment: boolean
  threads: ThreadView[]
  /** The thread that is looked at. */
  active: string | null
  onOpenThread: (thread: string) => void
  onDraft: (draft: NewThread) => void
  onAuthors: (passage: Anchor) => void
}

export function Sheet({ session, me, mayEdit, name, title, mayComment, threads, active: activeThread, onOpenThread, onDraft, onAuthors }: Props) {
  const readOnly = useSession(session, (session) => session.state.readOnly || session.state.refused !== null)
  const editable = mayEdit && !readOnly
  const open = useRef(onOpenThread)
  open.current = onOpenThread
  const editor = useEditor(
    {
      extensions: extensions(session, me, (thread) => open.current(thread)),
      editable,
      injectCSS: false,
      editorProps: { attributes: { 'aria-label': 'Document text', role: 'textbox', 'aria-multiline': 'true' } },
    },
    [session],
  )
  useEffect(() => editor?.setEditable(editable), [editor, editable])
  useEffect(() => {
    if (!editor) return
    const passages = threads.flatMap(({ thread_id: thread, state, passage, replacement }) =>
      passage && state === 'open' ? [{ thread, ...(passage as unknown as Anchor), replacement: replacement ?? undefined }] : [])
    editor.view.dispatch(showPassages(editor.state, passages, activeThread))
  }, [editor, threads, activeThread])
  useEffect(() => {
    if (activeThread) editor?.view.dom.querySelector(`[data-thread="${activeThread}"]`)?.scrollIntoView({ block: 'nearest' })
  }, [editor, activeThread])
  const active = useEditorState({
    editor,
    selector: ({ editor }) => ({
      passage: editor ? selectedPassage(editor.state) : null,
      bold: editor?.isActive('bold'), italic: editor?.isActive('italic'), strike: editor?.isActive('strike'), heading: editor?.isActive('heading', { level: 2 }),
      bullet: editor?.isActive('bulletList'), ordered: editor?.isActive('orderedList'), task: editor?.isActive('taskList'), quote: editor?.isActive('blockquote'),
    }),
  })
  const words = useEditorState({ editor, selector: ({ editor }) => count(editor?.getText({ blockSeparator: '\n' }) ?? '') }) ?? 0
  if (!editor) return null
  const chain = () => editor.chain().focus()
  const icon = { size: 16, strokeWidth: 1.75, 'aria-hidden': true } as const
  const tools = [
    { label: 'Bold', pressed: active?.bold, icon: <Bold {...icon} />, run: () => chain().toggleBold().run() },
    { label: 'Italic', pressed: active?.italic, icon: <Italic {...icon} />, run: () => chain().toggleItalic().run() },
    { label: 'Strike', pressed: active?.strike, icon: <Strikethrough {...icon} />, run: () => chain().toggleStrike().run() },
    { label: 'Heading', pressed: active?.heading, icon: <Heading2 {...icon} />, run: () => chain().toggleHeading({ level: 2 }).run() },
    { label: 'Bullet list', pressed: active?.bullet, icon: <List {...icon} />, run: () => chain().toggleBulletList().run() },
    { label: 'Numbered list', pressed: active?.ordered, icon: <ListOrdered {...icon} />, run: () => chain().toggleOrderedList().run() },
    { label: 'Task list', pressed: active?.task, icon: <ListChecks {...icon} />, run: () => chain().toggleTaskList().run() },
    { label: 'Quote', pressed: active?.quote, icon: <Quote {...icon} />, run: () => chain().toggleBlockquote().run() },
    { label: 'Table', pressed: undefined, icon: <Table {...icon} />, run: () => chain().insertTable({ rows: 3, cols: 3, withHeaderRow: true }).run() },
    { label: 'Undo', pressed: undefined, icon: <Undo2 {...icon} />, run: () => chain().undo().run() },
    { label: 'Redo', pressed: undefined, icon: <Redo2 {...icon} />, run: () => chain().redo().run() },
  ]
  const begin = (kind: NewThread['kind']) => {
    const passage = selectedPassage(editor.state)
    if (passage) onDraft({ passage, kind })
  }
  const askAuthors = () => {
    const passage = selectedPassage(editor.state)
    if (passage) onAuthors(passage)
  }
  return (
    <article className="sheet">
      {title}
      <Rescue session={session} editor={editor} title={name} />
      <div className="tools" role="toolbar" aria-label={editable ? 'Formatting' : 'Comments'}>
          {editable && tools.map(({ label, pressed, icon, run }) => (
            <button key={label} type="button" className="button quiet" aria-label={label} aria-pressed={pressed} onClick={run}>{icon}</button>
          ))}
          {mayComment && (
            <>
              <button type="button" className="button quiet" disabled={!active?.passage} onClick={() => begin('comment')}><MessageSquarePlus {...icon} />Comment</button>
              <button type="button" className="button quiet" disabled={!active?.passage?.isOneLine} onClick={() => begin('suggestion')}><PencilLine {...icon} />Suggest</button>
            </>
          )}
          <button type="button" className="button quiet" aria-label="Who wrote this" title="Who wrote this" disabled={!active?.passage} onClick={askAuthors}><UserSearch {...icon} /></button>
      </div>
      <EditorContent editor={editor} />
      <p className="count">{words === 1 ? '1 word' : `${words.toLocaleString('en')} words`} · {Math.ceil(words / WORDS_A_MINUTE)} min to read</p>
    </article>
  )
}
