// At a footnote that is selected: its note, to read and to edit.
import type { Editor } from '@tiptap/core'
import { NodeSelection } from '@tiptap/pm/state'
import { Trash2 } from 'lucide-react'
import { type KeyboardEvent as ReactKeyboardEvent, useEffect, useRef, useState } from 'react'
import { t } from '../messages'
import { icon } from '../toolbar/ToolButton'
import { useFloating } from '../useFloating'
import { NoteText } from './NoteText'
import { idOf, isAnother, placeOf } from './identity'
import { notesIn } from './notes'
import { useEditorState } from '../useEditorState'

/** The note is saved while it is typed, in pauses. */
const PAUSE_MS = 400

interface Selected {
  id: string | null
  at: number
  number: number
  text: string
  /** The notes of the other footnotes. */
  others: string[]
}

function selectedIn({ state }: Editor): Selected | null {
  const { selection } = state
  if (!(selection instanceof NodeSelection) || selection.node.type.name !== 'footnote') return null
  const notes = notesIn(state)
  const number = notes.findIndex(({ at }) => at === selection.from) + 1
  const others = notes.filter(({ at }) => at !== selection.from).map(({ text }) => text)
  return { id: idOf(state, selection.from), at: selection.from, number, text: String(selection.node.attrs.text ?? ''), others }
}

export function FootnotePopover({ editor, editable }: { editor: Editor; editable: boolean }) {
  const card = useRef<HTMLDivElement>(null)
  const note = useEditorState(editor, selectedIn)
  const rect = () => {
    const dom = note && editor.view.nodeDOM(note.at)
    return dom instanceof HTMLElement ? dom.getBoundingClientRect() : null
  }
  useFloating(card, { rect, prefers: 'below' }, note !== null, note?.at, note?.text, editable)
  if (!note) return null
  const name = t.footnoteNumber({ number: note.number })
  return (
    <section ref={card} className="floating footnote-card" aria-label={name}>
      {editable ? <NoteField key={note.id} editor={editor} note={note} label={name} /> : <p>{note.text === '' ? t.emptyFootnote : <NoteText text={note.text} />}</p>}
    </section>
  )
}

/** The note is one paragraph: a line feed that is pasted becomes a space. */
const asLine = (typed: string) => typed.replace(/\s*[\r\n]+\s*/g, ' ')

function NoteField({ editor, note, label }: { editor: Editor; note: Selected; label: string }) {
  const [value, setValue] = useState(note.text)
  const field = useRef<HTMLTextAreaElement>(null)
  const saved = useRef(note.text)
  const latest = useRef({ value, at: note.at })
  latest.current = { value, at: note.at }
  const { id } = note
  const others = useRef(note.others)
  const save = useRef((isClosing = false) => {
    const { value, at: last } = latest.current
    const at = editor.isDestroyed || value === saved.current ? null : placeOf(editor.state, id, last)
    if (at === null) return
    const text = String(editor.state.doc.nodeAt(at)?.attrs.text ?? '')
    const isAsSaved = text.trim() === saved.current.trim()
    // Others changed the note: the typed text stays in the field, and replaces the note when the field closes.
    if (!isAsSaved && (!isClosing || id === null || isAnother(text, others.current, notesIn(editor.state).length - 1))) return
    saved.current = value
    editor.view.dispatch(editor.state.tr.setNodeAttribute(at, 'text', value.trim() || null))
  }).current
  useEffect(() => () => save(true), [save])
  // biome-ignore lint/correctness/useExhaustiveDependencies: another one is selected
  useEffect(() => {
    // The field gets the focus only for an empty note, such as one that was just inserted.
    if (note.text !== '') return
    // In the next frame, because the command that inserted the footnote focuses the text first.
    const frame = requestAnimationFrame(() => field.current?.focus())
    return () => cancelAnimationFrame(frame)
  }, [note.at])
  // Changes by others are shown, unless something was typed here that is not saved yet.
  useEffect(() => {
    const isOwn = note.text === saved.current.trim()
    const isGone = !isOwn && isAnother(note.text, others.current, note.others.length)
    others.current = note.others
    if (!isGone && (latest.current.value !== saved.current || (isOwn && document.activeElement === field.current))) return
    saved.current = note.text
    setValue(note.text)
  }, [note.text, note.others])
  // biome-ignore lint/correctness/useExhaustiveDependencies: each letter begins the pause again
  useEffect(() => {
    const timer = setTimeout(save, PAUSE_MS)
    return () => clearTimeout(timer)
  }, [save, value])
  const leave = () => {
    save()
    editor.chain().focus().setTextSelection(note.at + 1).run()
  }
  const onKeyDown = (event: ReactKeyboardEvent) => {
    if (event.nativeEvent.isComposing || (event.key !== 'Enter' && event.key !== 'Escape')) return
    event.preventDefault()
    event.stopPropagation()
    leave()
  }
  const remove = () => {
    latest.current.value = saved.current
    editor.chain().focus().deleteRange({ from: note.at, to: note.at + 1 }).run()
  }
  return (
    <>
      <textarea ref={field} rows={3} aria-label={label} placeholder={t.writeTheNote} value={value} onChange={(event) => setValue(asLine(event.currentTarget.value))} onBlur={() => save()} onKeyDown={onKeyDown} />
      <span className="row">
        <button type="button" className="button primary" onClick={leave}>{t.done}</button>
        <button type="button" className="button quiet" aria-label={t.removeFootnote} title={t.removeFootnote} onClick={remove}><Trash2 {...icon} /></button>
      </span>
    </>
  )
}
