// The text itself, with the passages of its threads highlighted.
import { EditorContent, useEditor } from '@tiptap/react'
import { type ReactNode, useEffect, useMemo, useState } from 'react'
import { useStore } from '../../store'
import type { DocumentSession } from '../../sync/session'
import { Attachments } from '../files'
import type { Anchor, ThreadView } from '../review'
import { showPassages } from './CommentMarks'
import { Rescue } from './Rescue'
import { Toolbar } from './Toolbar'
import { WordCount } from './WordCount'
import { useOpenAtMatch } from './useOpenAtMatch'
import { type Writer, extensions } from './extensions'
import type { DocumentPanels } from './panels'

interface Props {
  session: DocumentSession
  panels: DocumentPanels
  me: Writer
  mayEdit: boolean
  mayComment: boolean
  name: string
  title: ReactNode
  /** Below the text. */
  foot: ReactNode
  threads: ThreadView[]
}

export function Sheet({ session, panels, me, mayEdit, mayComment, name, title, foot, threads }: Props) {
  const isRefused = useStore(session, ({ readOnly, refused }) => readOnly || refused !== null)
  const active = useStore(panels, ({ open, thread }) => (open === 'comments' ? thread : null))
  const editable = mayEdit && !isRefused
  // Each loss makes another editor from the document.
  const [losses, setLosses] = useState(0)
  const attachments = useMemo(() => new Attachments(session.id), [session])
  const editor = useEditor(
    {
      extensions: extensions(session, attachments, me, { onOpenThread: panels.openThread, onLost: () => setLosses((count) => count + 1) }),
      editable,
      injectCSS: false,
      editorProps: { attributes: { 'aria-label': 'Document text', role: 'textbox', 'aria-multiline': 'true' } },
    },
    [session, losses],
  )
  useEffect(() => editor?.setEditable(editable), [editor, editable])
  useEffect(() => {
    if (!editor) return
    const passages = threads.flatMap(({ thread_id: thread, state, passage, replacement }) =>
      passage && state === 'open' ? [{ thread, ...(passage as unknown as Anchor), replacement: replacement ?? undefined }] : [])
    editor.view.dispatch(showPassages(editor.state, passages, active))
  }, [editor, threads, active])
  useEffect(() => {
    if (active) editor?.view.dom.querySelector(`[data-thread="${active}"]`)?.scrollIntoView({ block: 'nearest' })
  }, [editor, active])
  useOpenAtMatch(editor)
  if (!editor) return null
  return (
    <article className="sheet">
      {title}
      <Rescue session={session} editor={editor} title={name} />
      <Toolbar editor={editor} panels={panels} editable={editable} mayComment={mayComment} />
      <EditorContent editor={editor} />
      <WordCount editor={editor} />
      {foot}
    </article>
  )
}
