// The notes below the text, each with a way back to its number.
import type { Editor } from '@tiptap/core'
import { openAround } from '../details/details'
import { t } from '../messages'
import { NoteText } from './NoteText'
import { type Note, notesIn } from './notes'
import { useEditorState } from '../useEditorState'

export function Footnotes({ editor }: { editor: Editor }) {
  const notes = useEditorState(editor, ({ state }) => notesIn(state))
  if (notes.length === 0) return null
  const show = ({ at }: Note) => {
    const number = editor.view.nodeDOM(at)
    if (number instanceof HTMLElement) openAround(number)
    editor.chain().focus().setNodeSelection(at).scrollIntoView().run()
  }
  return (
    <section className="footnotes" role="doc-endnotes" aria-label={t.footnotes}>
      <ol>
        {notes.map((note, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a note is known by its number
          <li key={index}>
            {note.text === '' ? <span className="hint">{t.emptyFootnote}</span> : <NoteText text={note.text} />}
            <button type="button" className="button quiet" aria-label={t.goToFootnote({ number: index + 1 })} title={t.goToFootnote({ number: index + 1 })} onClick={() => show(note)}>↩</button>
          </li>
        ))}
      </ol>
    </section>
  )
}
