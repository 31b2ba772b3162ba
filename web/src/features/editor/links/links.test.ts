// @vitest-environment jsdom
// Addresses that become links while one writes and pastes.
import { Editor } from '@tiptap/core'
import { afterEach, expect, test } from 'vitest'
import { schema } from '../extensions'

let editor: Editor
afterEach(() => editor.destroy())

const begin = (content = '') => {
  editor = new Editor({ element: document.createElement('div'), extensions: schema, content })
  editor.commands.setTextSelection(editor.state.doc.content.size - 1)
}
const type = (text: string) => {
  for (const letter of text) editor.view.dispatch(editor.state.tr.insertText(letter))
}
/** Only with an event does Tiptap look at what was pasted. */
const paste = (text: string) => editor.view.pasteText(text, new Event('paste') as ClipboardEvent)

test('[EDIT-6] an address becomes a link at the space behind it; what is typed then does not belong to it', () => {
  begin()
  type('see https://a.example/x, or b.org ')
  expect(editor.getHTML()).toContain('>https://a.example/x</a>, or <a')
  expect(editor.getHTML()).toContain('href="https://b.org">b.org</a> ')
  type('too')
  expect(editor.getHTML()).toContain('</a> too')
})

test('[EDIT-6] an address becomes a link at the end of its line, and not in code', () => {
  begin()
  type('b.org')
  editor.commands.splitBlock()
  expect(editor.getHTML()).toContain('href="https://b.org"')
  begin('<p><code>a.org</code></p>')
  type(' ')
  expect(editor.getHTML()).not.toContain('href')
})

test('[EDIT-6] a link that was removed does not come back, and no script is a link', () => {
  begin()
  type('b.org ')
  editor.chain().selectAll().unsetLink().run()
  expect(editor.getHTML()).not.toContain('href')
  expect(editor.chain().selectAll().setLink({ href: 'java\nscript:alert(1)' }).run()).toBe(false)
  begin('<p><a href="javascript:alert(1)">x</a> <a href="/documents/1">y</a></p>')
  expect(editor.getHTML()).toMatch(/^<p>x <a[^>]* href="\/documents\/1">y<\/a><\/p>$/)
})

test('[EDIT-6] an address that is pasted onto words is their link; in a text, it is one itself', () => {
  begin('<p>the plan</p>')
  editor.commands.setTextSelection({ from: 5, to: 9 })
  paste('https://a.example/plan')
  expect(editor.getHTML()).toMatch(/^<p>the <a[^>]* href="https:\/\/a\.example\/plan">plan<\/a><\/p>$/)
  begin()
  paste('see www.a.example (or b.org).')
  expect(editor.getText()).toBe('see www.a.example (or b.org).')
  expect(editor.getHTML().match(/href="[^"]*"/g)).toEqual(['href="https://www.a.example"', 'href="https://b.org"'])
})
