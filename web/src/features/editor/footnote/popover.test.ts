// @vitest-environment jsdom
// The card of a footnote, while another person edits the same text.
import { Editor, type JSONContent } from '@tiptap/core'
import { Collaboration } from '@tiptap/extension-collaboration'
import { act, createElement } from 'react'
import { createRoot } from 'react-dom/client'
import { afterEach, beforeEach, expect, test } from 'vitest'
import * as Y from 'yjs'
import { schema } from '../extensions'
import { FootnotePopover } from './FootnotePopover'
import { notesIn } from './notes'

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })
globalThis.ResizeObserver ??= class {
  observe() {}
  unobserve() {}
  disconnect() {}
}

const wait = (ms: number) => act(() => new Promise((done) => setTimeout(done, ms)))
const pause = () => wait(450)
const editorOf = (document_: Y.Doc) => new Editor({ element: document.createElement('div'), extensions: [...schema, Collaboration.configure({ document: document_, field: 'default' })] })
const note = (text: string) => ({ type: 'footnote', attrs: { text } })
const textsIn = (editor: Editor) => notesIn(editor.state).map(({ text }) => text)
const placeIn = (editor: Editor, index: number) => notesIn(editor.state)[index]?.at ?? 0
const field = () => document.querySelector('textarea')

let mine: Editor
let theirs: Editor
let close: () => void

beforeEach(async () => {
  const docs = [new Y.Doc(), new Y.Doc()] as const
  for (const [from, to] of [docs, [docs[1], docs[0]] as const]) from.on('update', (update, origin) => origin !== 'other' && Y.applyUpdate(to, update, 'other'))
  mine = editorOf(docs[0])
  theirs = editorOf(docs[1])
  const place = document.body.appendChild(document.createElement('div'))
  const root = createRoot(place)
  close = () => {
    act(() => root.unmount())
    place.remove()
    close = () => undefined
  }
  act(() => root.render(createElement(FootnotePopover, { editor: mine, editable: true })))
  await write(note('first'), note('second'))
})

afterEach(() => {
  close()
  mine.destroy()
  theirs.destroy()
})

/** A text with footnotes, of which the first is selected. */
async function write(...notes: JSONContent[]): Promise<void> {
  await act(async () => void mine.commands.setContent({ type: 'doc', content: [{ type: 'paragraph', content: [{ type: 'text', text: 'a' }, ...notes] }] }))
  await act(async () => void mine.commands.setNodeSelection(placeIn(mine, 0)))
  await wait(5)
}

async function type(text: string): Promise<void> {
  const area = field() as HTMLTextAreaElement
  area.focus()
  Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, 'value')?.set?.call(area, text)
  await act(async () => void area.dispatchEvent(new Event('input', { bubbles: true })))
}

const deleteTheirs = (index: number) => act(async () => void theirs.commands.deleteRange({ from: placeIn(theirs, index), to: placeIn(theirs, index) + 1 }))
const writeTheirs = (index: number, text: string) => act(async () => theirs.view.dispatch(theirs.state.tr.setNodeAttribute(placeIn(theirs, index), 'text', text)))

test('[EDIT-17] what is typed is saved in pauses, in the field that stays', async () => {
  const area = field()
  await type('first one ')
  await pause()
  expect(textsIn(theirs)).toEqual(['first one', 'second'])
  expect(field()).toBe(area)
  expect(field()?.value).toBe('first one ')
  await type('first one of')
  await act(async () => void theirs.commands.insertContentAt(1, 'before '))
  await pause()
  expect(textsIn(theirs)).toEqual(['first one of', 'second'])
  expect(field()).toBe(area)
})

test('[EDIT-17] a footnote that another person deletes takes nothing else with it', async () => {
  await type('first draft')
  await deleteTheirs(0)
  await pause()
  expect(textsIn(mine)).toEqual(['second'])
  expect(field()?.value ?? 'second').toBe('second')
  close()
  expect(textsIn(theirs)).toEqual(['second'])
})

test('[EDIT-17] a footnote with the same note stays as it is', async () => {
  await write(note('ibid.'), { type: 'text', text: ' and ' }, note('ibid.'))
  await type('first draft')
  await deleteTheirs(0)
  await pause()
  close()
  expect(textsIn(theirs)).toEqual(['ibid.'])
})

test('[EDIT-17] a footnote that is deleted while its card closes takes nothing else with it', async () => {
  await type('first draft')
  await act(async () => {
    theirs.commands.deleteRange({ from: placeIn(theirs, 0), to: placeIn(theirs, 0) + 1 })
    mine.commands.setTextSelection(1)
  })
  expect(field()).toBe(null)
  expect(textsIn(theirs)).toEqual(['second'])
})

test('[EDIT-17] what is typed while another person changes the note stays in the field, and is saved with it', async () => {
  await type('my draft')
  await writeTheirs(0, 'theirs')
  await pause()
  expect(field()?.value).toBe('my draft')
  expect(textsIn(mine)).toEqual(['theirs', 'second'])
  await act(async () => void mine.commands.setTextSelection(1))
  expect(field()).toBe(null)
  expect(textsIn(theirs)).toEqual(['my draft', 'second'])
})

test('[EDIT-17] a field in which nothing was typed shows what another person writes', async () => {
  field()?.focus()
  await writeTheirs(0, 'theirs')
  expect(field()?.value).toBe('theirs')
  await type('theirs and mine')
  await pause()
  expect(textsIn(theirs)).toEqual(['theirs and mine', 'second'])
})
