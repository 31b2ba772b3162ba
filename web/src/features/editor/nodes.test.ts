// @vitest-environment jsdom
// Callouts, toggles, colours and sides by their commands.
import { Editor, type JSONContent } from '@tiptap/core'
import { expect, test } from 'vitest'
import { schema } from './extensions'

/** An editor with this text, and the caret in it. */
function editorOf(...lines: string[]): Editor {
  const paragraph = (text: string): JSONContent => ({ type: 'paragraph', ...(text && { content: [{ type: 'text', text }] }) })
  const editor = new Editor({ element: document.createElement('div'), extensions: schema, content: { type: 'doc', content: lines.map(paragraph) } })
  editor.commands.setTextSelection(1)
  return editor
}
const content = (editor: Editor) => editor.state.doc.firstChild?.toString()

test('[EDIT-13] a callout is put around blocks, changes its kind, and is taken away', () => {
  const editor = editorOf('Do not restart.')
  expect(editor.chain().toggleCallout('note').run()).toBe(true)
  expect(content(editor)).toBe('callout(paragraph("Do not restart."))')
  expect(editor.chain().toggleCallout('warning').run()).toBe(true)
  expect(editor.getAttributes('callout').kind).toBe('warning')
  expect(editor.getHTML()).toContain('<div data-callout="warning" role="note"><p>Do not restart.</p></div>')
  expect(editor.chain().toggleCallout('warning').run()).toBe(true)
  expect(content(editor)).toBe('paragraph("Do not restart.")')
})

test('[EDIT-13] a toggle is put around blocks, and taken away', () => {
  const editor = editorOf('Open the log.')
  expect(editor.chain().toggleDetails().run()).toBe(true)
  expect(content(editor)).toBe('details(detailsSummary, detailsContent(paragraph("Open the log.")))')
  expect(editor.state.selection.$from.parent.type.name).toBe('detailsSummary')
  expect(editor.chain().toggleDetails().run()).toBe(true)
  expect(editor.state.doc.textContent).toBe('Open the log.')
  expect(editor.state.doc.firstChild?.type.name).toBe('paragraph')
})

test('[EDIT-13] words are coloured, and lines aligned', () => {
  const editor = editorOf('Words')
  editor.chain().selectAll().colorText('red').highlightText('blue').alignText('center').run()
  expect(editor.getHTML()).toContain('<p align="center">')
  expect(editor.isActive('textColor', { color: 'red' }) && editor.isActive('highlight', { color: 'blue' })).toBe(true)
  editor.chain().colorText(null).highlightText(null).alignText(null).run()
  expect(editor.getHTML()).toContain('<p>Words</p>')
})
