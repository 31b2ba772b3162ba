// The text itself, with the passages of its threads highlighted.
import { EditorContent, useEditor } from '@tiptap/react'
import { type ReactNode, Suspense, lazy, useEffect, useMemo, useState } from 'react'
import { useStore } from '../../store'
import type { DocumentSession } from '../../sync/session'
import { Attachments } from '../files'
import type { Anchor, ThreadView } from '../review'
import { showPassages } from './CommentMarks'
import { Rescue } from './Rescue'
import { WordCount } from './WordCount'
import { BlockHandle } from './blocks/BlockHandle'
import { type Writer, extensions, keep } from './extensions'
import { LinkPopover } from './links/LinkPopover'
import { t } from './messages'
import type { DocumentPanels } from './panels'
import { PasteNotice } from './paste/PasteNotice'
import { PasteNotices } from './paste/notices'
import { TableMenu } from './tables/TableMenu'
import { BubbleMenu } from './toolbar/BubbleMenu'
import { Toolbar } from './toolbar/Toolbar'
import { EditorTools } from './tools'
import { useOpenAtMatch } from './useOpenAtMatch'
import { takesLinkKey, useShortcuts } from './useShortcuts'

const FindBar = lazy(() => import('./find/FindBar'))
const Outline = lazy(() => import('./outline/Outline'))
const KeysDialog = lazy(() => import('./help/KeysDialog'))
const MarkdownDialog = lazy(() => import('./help/MarkdownDialog'))
const ImageDialog = lazy(() => import('./attached/ImageDialog'))

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
  const [tools] = useState(() => new EditorTools())
  const [notices] = useState(() => new PasteNotices())
  const isReading = useStore(tools, (state) => state.isReading)
  const editable = mayEdit && !isRefused && !isReading
  // Each loss makes another editor from the document.
  const [losses, setLosses] = useState(0)
  const attachments = useMemo(() => new Attachments(session.id), [session])
  const editor = useEditor(
    {
      extensions: extensions(session, attachments, me, { onOpenThread: panels.openThread, onLost: () => setLosses((count) => count + 1), onImage: () => tools.show('image'), notices }),
      editable,
      injectCSS: false,
      editorProps: {
        attributes: (state) => ({ 'aria-label': t.documentText, role: 'textbox', 'aria-multiline': 'true', spellcheck: 'true', ...(takesLinkKey(state) && { 'data-takes-link-key': '' }) }),
      },
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
  const { find, dialog, isAlone } = useStore(tools, (state) => state)
  const isOutlined = useStore(panels, ({ open }) => open === 'outline')
  useEffect(() => {
    document.documentElement.toggleAttribute('data-alone', isAlone)
    return () => document.documentElement.removeAttribute('data-alone')
  }, [isAlone])
  useShortcuts(editor, tools, panels, editable, mayComment)
  if (!editor) return null
  return (
    <>
      <Toolbar editor={editor} panels={panels} tools={tools} mayEdit={mayEdit && !isRefused} editable={editable} mayComment={mayComment} />
      <article className="sheet">
        {title}
        <Rescue session={session} editor={editor} title={name} />
        <PasteNotice editor={editor} notices={notices} onKeep={keep(attachments)} />
        <EditorContent editor={editor} />
        <WordCount editor={editor} />
        {foot}
      </article>
      <BubbleMenu editor={editor} panels={panels} tools={tools} editable={editable} mayComment={mayComment} />
      <LinkPopover editor={editor} tools={tools} editable={editable} />
      <TableMenu editor={editor} editable={editable} />
      <BlockHandle editor={editor} document={session.id} editable={editable} />
      <Suspense fallback={null}>
        {find && <FindBar editor={editor} tools={tools} editable={editable} />}
        {isOutlined && <Outline editor={editor} onClose={panels.close} />}
        {dialog === 'keys' && <KeysDialog onClose={() => tools.show(null)} />}
        {dialog === 'markdown' && <MarkdownDialog document={session.id} onClose={() => tools.show(null)} />}
        {dialog === 'image' && <ImageDialog editor={editor} onClose={() => tools.show(null)} />}
      </Suspense>
    </>
  )
}
