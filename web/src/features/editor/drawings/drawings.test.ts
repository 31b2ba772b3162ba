// @vitest-environment jsdom
import { Editor, type JSONContent } from '@tiptap/core'
import { expect, test } from 'vitest'
import { schema } from '../extensions'
import { Drawings, drawnIn } from './Drawings'
import { drawingKind } from './kinds'
import { drawMath } from './math'

const code = (language: string, text: string): JSONContent => ({ type: 'codeBlock', attrs: { language }, content: [{ type: 'text', text }] })
const line = (text: string): JSONContent => ({ type: 'paragraph', content: [{ type: 'text', text }] })

test('[EDIT-14] code of `mermaid` and `math` is drawn, other code is not', () => {
  expect(['mermaid', 'Mermaid', 'mermaid title', 'math', 'latex', 'js', '', null].map(drawingKind)).toEqual(['mermaid', 'mermaid', 'mermaid', 'math', null, null, null, null])
})

test('[EDIT-14] what is drawn is found at any depth, and the document has only its source', () => {
  const editor = new Editor({
    element: document.createElement('div'),
    extensions: [...schema, Drawings],
    content: { type: 'doc', content: [line('Costs'), code('math', 'a^2'), { type: 'blockquote', content: [code('js', 'a'), code('math', 'b^2')] }] },
  })
  expect(drawnIn(editor.state.doc).map(({ at, node }) => [editor.state.doc.nodeAt(at) === node, node.textContent])).toEqual([[true, 'a^2'], [true, 'b^2']])
  expect(editor.view.dom.querySelectorAll('pre.drawn + .drawing')).toHaveLength(2)
  expect(editor.getHTML()).not.toContain('draw')
  // The source is open while the caret is in it, and one that is no longer drawn has no drawing.
  editor.commands.setTextSelection(drawnIn(editor.state.doc)[1]?.at as number + 2)
  expect([...editor.view.dom.querySelectorAll('pre.drawn')].map((pre) => pre.classList.contains('open'))).toEqual([false, true])
  editor.commands.updateAttributes('codeBlock', { language: 'js' })
  expect(editor.view.dom.querySelectorAll('.drawing')).toHaveLength(1)
  editor.destroy()
})

test('[EDIT-14] what is drawn stays as it is when code is inserted or taken away before it', () => {
  const editor = new Editor({ element: document.createElement('div'), extensions: [...schema, Drawings], content: { type: 'doc', content: [line('Costs'), code('math', 'a^2'), code('math', 'b^2')] } })
  const shown = () => [...editor.view.dom.querySelectorAll('.drawing')]
  const [first, second] = shown()
  editor.commands.insertContentAt(0, code('math', 'c^2'))
  expect(shown()).toHaveLength(3)
  expect(shown().slice(1)).toEqual([first, second])
  expect(shown()[1]).toBe(first)
  // A change from elsewhere replaces the whole text; nodes that are the same stay.
  const { tr, doc } = editor.state
  editor.view.dispatch(tr.replaceWith(0, doc.content.size, [doc.child(0), doc.child(3), doc.child(1)]))
  expect(shown()).toHaveLength(2)
  expect(shown()[1]).toBe(second)
  // One that is changed keeps its drawing until there is another.
  editor.commands.insertContentAt(drawnIn(editor.state.doc)[1]?.at as number + 1, 'x')
  expect(shown()[1]).toBe(second)
  editor.destroy()
})

test('[EDIT-14] a formula is drawn, makes no links, and says what is wrong with it', () => {
  const place = document.createElement('div')
  drawMath('\\frac{a}{b}', place)
  expect(place.querySelector('math mfrac')).not.toBeNull()
  drawMath('\\href{javascript:alert(1)}{a}', place)
  expect(place.querySelector('a')).toBeNull()
  expect(() => drawMath('\\frac{a', place)).toThrow(/expected '}'/)
})
