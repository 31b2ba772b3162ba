// @vitest-environment jsdom
// Footnotes: numbers, commands, HTML and Markdown.
import { Editor, type JSONContent } from '@tiptap/core'
import { NodeSelection } from '@tiptap/pm/state'
import { expect, test } from 'vitest'
import { markdownOf } from '../copy/markdown'
import { schema } from '../extensions'
import { partsOf } from './addresses'
import { notesIn } from './notes'

const note = (text: string | null) => ({ type: 'footnote', attrs: { text } })
const words = (text: string) => ({ type: 'text', text })

function editorOf(...lines: JSONContent[][]): Editor {
  const content = { type: 'doc', content: lines.map((content) => ({ type: 'paragraph', content })) }
  return new Editor({ element: document.createElement('div'), extensions: schema, content })
}
const numbers = (editor: Editor) => [...editor.view.dom.querySelectorAll('a.footnote')].map((number) => [number.getAttribute('data-number'), number.getAttribute('aria-label')])

test('[EDIT-17] numbers follow the order of the text, whatever is added, moved and taken away', () => {
  const editor = editorOf([words('a'), note('first'), words('b')], [words('c'), note(null)])
  expect(numbers(editor)).toEqual([['1', 'Footnote 1: first'], ['2', 'Footnote 2']])
  editor.commands.insertContentAt(1, 'x')
  expect(notesIn(editor.state).map(({ at, text }) => [editor.state.doc.nodeAt(at)?.type.name, text])).toEqual([['footnote', 'first'], ['footnote', '']])
  editor.commands.insertContentAt(1, note('before'))
  expect(numbers(editor).map(([, name]) => name)).toEqual(['Footnote 1: before', 'Footnote 2: first', 'Footnote 3'])
  editor.view.dispatch(editor.state.tr.setNodeAttribute(notesIn(editor.state)[2]?.at ?? 0, 'text', 'last'))
  expect(numbers(editor)[2]).toEqual(['3', 'Footnote 3: last'])
  editor.commands.deleteRange({ from: 1, to: 2 })
  expect(numbers(editor).map(([, name]) => name)).toEqual(['Footnote 1: first', 'Footnote 2: last'])
})

test('[EDIT-17] a footnote is added behind what is selected, and not in code', () => {
  const editor = editorOf([words('some words')])
  editor.commands.setTextSelection({ from: 1, to: 5 })
  expect(editor.commands.insertFootnote()).toBe(true)
  expect(editor.state.doc.firstChild?.toString()).toBe('paragraph("some", footnote, " words")')
  expect(editor.state.selection instanceof NodeSelection && editor.state.selection.node.type.name).toBe('footnote')
  editor.commands.setContent({ type: 'doc', content: [{ type: 'paragraph', content: [words('typed[^1')] }] })
  const at = 9
  editor.commands.setTextSelection(at)
  const isTaken = editor.view.someProp('handleTextInput', (handle) => handle(editor.view, at, at, ']', () => editor.state.tr.insertText(']', at)))
  expect(isTaken).toBe(true)
  expect(editor.state.doc.firstChild?.toString()).toBe('paragraph("typed", footnote)')
  editor.commands.setContent({ type: 'doc', content: [{ type: 'codeBlock', content: [words('let x')] }] })
  editor.commands.setTextSelection(3)
  expect(editor.commands.insertFootnote()).toBe(false)
})

test('[EDIT-17] what is copied has the note with it, and our HTML is read with each note once', () => {
  const editor = editorOf([words('a'), note('"why" <b>')])
  expect(editor.getHTML()).toBe('<p>a<sup data-footnote="&quot;why&quot; <b>">["why" &lt;b&gt;]</sup></p>')
  editor.commands.setContent('<p>a<sup data-footnote="x"><a href="#fn-1" id="fnref-1" role="doc-noteref">1</a></sup></p><section role="doc-endnotes"><ol><li id="fn-1">x</li></ol></section>')
  expect(editor.state.doc.toString()).toBe('doc(paragraph("a", footnote))')
  expect(notesIn(editor.state)[0]?.text).toBe('x')
})

test('[EDIT-15] a selection with footnotes is copied with its notes', () => {
  const link = { type: 'text', text: 'link', marks: [{ type: 'link', attrs: { href: 'https://a.example' } }] }
  const editor = editorOf([words('a'), note('1. *why*'), words(': b'), note('c'), link])
  expect(markdownOf(editor.state.doc.content)).toBe('a[^1]\\: b[^2]<!-- -->[link](https://a.example)\n\n[^1]: 1\\. \\*why\\*\n[^2]: c\n')
  expect(markdownOf(editor.state.doc.slice(1, 3).content)).toBe('a[^1]\n\n[^1]: 1\\. \\*why\\*\n')
})

test('addresses in a note are found as the server finds them', () => {
  const text = 'See https://a.example/b_(c)?d=e, (http://b.example) or xhttps://c.example and https:// not.'
  expect(partsOf(text).filter(({ isAddress }) => isAddress).map((part) => part.text)).toEqual(['https://a.example/b_(c)?d=e', 'http://b.example'])
  expect(partsOf(text).map((part) => part.text).join('')).toBe(text)
})

test('a long note is divided in a moment', () => {
  const notes = [`http://a${'.'.repeat(200_000)}b`, 'http'.repeat(250_000), 'http://'.repeat(150_000), `http://a${'.'.repeat(200_000)}`]
  const begun = performance.now()
  expect(notes.map((note) => partsOf(note).map(({ text, isAddress }) => [text.length, isAddress]))).toEqual([[[200_009, true]], [[1_000_000, false]], [[1_050_000, true]], [[8, true], [200_000, false]]])
  expect(performance.now() - begun).toBeLessThan(2_000)
})
