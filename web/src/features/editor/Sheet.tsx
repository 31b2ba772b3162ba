// The text itself, with the passages of its threads and the suggestions highlighted.
import type { Editor } from '@tiptap/core'
import { type ReactNode, useCallback, useEffect, useMemo, useState } from 'react'
import { lazily } from '../../elements/lazily'
import { type Right, mayComment as allowsComments, mayEdit as allowsEdits, maySeeReview } from '../../rights'
import { useStore } from '../../store'
import type { DocumentSession } from '../../sync/session'
import { Attachments } from '../files'
import type { Anchor, Media, ThreadView } from '../review'
import { type DocumentMode, EndedSuggesting, RefusedSuggestions, ReturnedWords, type SuggestingView, type SuggestionView, UnsentSuggestions, focusCard, useColorOf, useMode, useShownSuggestions, useViewEnded } from '../suggesting'
import { type Commented, kindsOf, showPassages } from './CommentMarks'
import { Beside } from './Beside'
import { EditorContent } from './EditorContent'
import { OutdatedPage } from './OutdatedPage'
import { Rescue } from './Rescue'
import { WordCount } from './WordCount'
import { openAround } from './details/details'
import { Footnotes } from './footnote/Footnotes'
import { type Writer, extensions, keep } from './extensions'
import type { DocumentPanels } from './panels'
import { PasteNotices } from './paste/notices'
import { Toolbar } from './toolbar/Toolbar'
import { EditorTools } from './tools'
import { useClicksBeside } from './useClicksBeside'
import { useEditor } from './useEditor'
import { useEditorState } from './useEditorState'
import { useOpenAtMatch } from './useOpenAtMatch'
import { attributes, useShortcuts } from './useShortcuts'
import { useSteps } from './useSteps'

const OwnText = lazily(() => import('./OwnText'), 'OwnText')
const SuggestionAt = lazily(() => import('./SuggestionAt'), 'SuggestionAt')
const PasteNotice = lazily(() => import('./paste/PasteNotice'), 'PasteNotice')
const FindBar = lazily(() => import('./find/FindBar'), 'FindBar')
const Outline = lazily(() => import('./outline/Outline'), 'Outline')
const KeysDialog = lazily(() => import('./help/KeysDialog'), 'KeysDialog')
const MarkdownDialog = lazily(() => import('./help/MarkdownDialog'), 'MarkdownDialog')
const ImageDialog = lazily(() => import('./attached/ImageDialog'), 'ImageDialog')
const EmbedDialog = lazily(() => import('./embed/EmbedDialog'), 'EmbedDialog')

interface Props {
  session: DocumentSession
  panels: DocumentPanels
  me: Writer
  right: Right | null | undefined
  mode: DocumentMode
  /** The person's own view, while they suggest. */
  view: SuggestingView | null
  name: string
  /** Above the text, which the title leads to. */
  title: (onDone: () => void) => ReactNode
  /** Below the text. */
  foot: ReactNode
  threads: ThreadView[]
  suggestions: readonly SuggestionView[]
}

function showIn(editor: Editor | null, selector: string): void {
  const found = editor?.view.dom.querySelector(selector)
  openAround(found)
  found?.scrollIntoView({ block: 'nearest' })
}

export function Sheet({ session, panels, me, right, mode, view, name, title, foot, threads, suggestions }: Props) {
  const isRefused = useStore(session, ({ readOnly, refused }) => readOnly || refused !== null)
  const active = useStore(panels, ({ open, thread }) => (open === 'comments' ? thread : null))
  const looked = useStore(panels, ({ open, suggestion, isPeeking }) => (open === 'suggestions' || isPeeking ? suggestion : null))
  const [tools] = useState(() => new EditorTools())
  const [notices] = useState(() => new PasteNotices())
  const pasted = useStore(notices, (state) => state.pasted)
  const current = useMode(mode, right)
  const [mayEdit, mayComment] = [allowsEdits(right), allowsComments(right)]
  // After each loss, a new editor is made from the document.
  const [losses, setLosses] = useState(0)
  const attachments = useMemo(() => new Attachments(session.id), [session])
  const events = useMemo(() => ({ onOpenThread: panels.openThread, onOpenSuggestion: panels.peek, onImage: () => tools.show('image'), onEmbed: () => tools.show('embed'), notices }), [panels, tools, notices])
  const isEditing = current === 'editing' && mayEdit && !isRefused && !view
  const document = useEditor(
    {
      extensions: extensions(session, attachments, me, { ...events, onLost: () => setLosses((count) => count + 1) }),
      editable: isEditing,
      injectCSS: false,
      editorProps: { attributes },
    },
    session,
    losses,
  )
  useEffect(() => document?.setEditable(isEditing), [document, isEditing])
  const [own, setOwn] = useState<Editor | null>(null)
  const editor = own ?? document
  const hasEnded = useViewEnded(view)
  const editable = own ? !hasEnded : isEditing
  useEffect(() => {
    const open = threads.filter(({ state }) => state === 'open')
    const passages = open.flatMap(({ thread_id: thread, passage, media }): Commented[] => (passage ? [{ thread, ...(passage as unknown as Anchor) }] : media ? [{ thread, media: media as Media }] : []))
    for (const one of new Set([document, editor])) one?.view.dispatch(showPassages(one.state, passages, active))
  }, [document, editor, threads, active])
  const kinds = useEditorState(editor, ({ state }) => kindsOf(state))
  useEffect(() => panels.noteKinds(kinds ?? {}), [panels, kinds])
  useEffect(() => {
    if (active) showIn(editor, `[data-thread="${active}"]`)
  }, [editor, active])
  useShownSuggestions(document, session, suggestions, looked, useColorOf(me.isGuest))
  const onStep = useSteps(panels, suggestions)
  useEffect(() => {
    if (looked) showIn(editor, `[data-suggestion="${CSS.escape(looked)}"]`)
  }, [editor, looked])
  useOpenAtMatch(document)
  const { find, dialog, isAlone } = useStore(tools, (state) => state)
  const isOutlined = useStore(panels, ({ open }) => open === 'outline')
  const peeked = useStore(panels, ({ suggestion, isPeeking }) => (isPeeking ? suggestion : null))
  const shown = suggestions.find(({ id }) => id === peeked)
  const closePeek = useCallback(() => panels.selectSuggestion(null), [panels])
  const discuss = (suggestion: string) => {
    panels.openSuggestion(suggestion)
    focusCard(suggestion)
  }
  useEffect(() => {
    window.document.documentElement.toggleAttribute('data-alone', isAlone)
    return () => window.document.documentElement.removeAttribute('data-alone')
  }, [isAlone])
  useClicksBeside(editor, editable)
  useShortcuts(editor, { tools, panels, mode, editable, mayComment, onStep })
  if (!editor || !document) return null
  // At once, and not in the next frame: the next key belongs to the text.
  const toText = () => {
    editor.commands.setTextSelection(0)
    editor.view.focus()
  }
  return (
    <>
      <Toolbar editor={editor} panels={panels} tools={tools} mode={mode} current={current} mayEdit={mayEdit && !isRefused} editable={editable} mayComment={mayComment} seesReview={maySeeReview(me.isGuest, right)} />
      <article className={own ? 'sheet suggesting' : 'sheet'}>
        {title(toText)}
        <OutdatedPage session={session} />
        <Rescue session={session} editor={document} title={name} />
        {(!mayComment || hasEnded) && <UnsentSuggestions key={`${view !== null} ${hasEnded}`} account={me.id} document={session.id} />}
        {view && <EndedSuggesting view={view} />}
        {view && <RefusedSuggestions view={view} account={me.id} document={session.id} />}
        {view && <ReturnedWords view={view} />}
        {pasted && <PasteNotice key={pasted.elsewhere.join(' ')} editor={editor} pasted={pasted} onDismiss={notices.dismiss} onKeep={keep(attachments)} />}
        <EditorContent editor={document} hidden={own !== null} />
        {view && <OwnText view={view} base={document} attachments={attachments} me={me} events={events} isWanted={mode.state.isNew} onReady={setOwn} />}
        <Footnotes editor={editor} />
        <WordCount editor={editor} />
        {foot}
      </article>
      <Beside editor={editor} document={session.id} panels={panels} tools={tools} mode={mode} isSuggesting={current === 'suggesting'} editable={editable} mayComment={mayComment} />
      {shown && <SuggestionAt text={editor.view.dom} document={session.id} suggestion={shown} me={me.id} right={right} onDiscuss={() => discuss(shown.id)} onClose={closePeek} />}
      {find && <FindBar editor={editor} tools={tools} editable={editable} />}
      {isOutlined && <Outline editor={editor} onClose={panels.close} />}
      {dialog === 'keys' && <KeysDialog onClose={() => tools.show(null)} />}
      {dialog === 'markdown' && <MarkdownDialog document={session.id} onClose={() => tools.show(null)} />}
      {dialog === 'embed' && <EmbedDialog editor={editor} onClose={() => tools.show(null)} />}
      {dialog === 'image' && <ImageDialog editor={editor} onClose={() => tools.show(null)} />}
    </>
  )
}
