// @vitest-environment jsdom
// Cards: the addresses of frames, HTML, and what a card loads.
import { Editor } from '@tiptap/core'
import { afterEach, expect, test, vi } from 'vitest'
import { markdownOf } from '../copy/markdown'
import { schema } from '../extensions'
import { frameOf, isWebAddress, pageOf } from './frames'

vi.mock('../../people', () => ({ frameOrigins: async () => ['https://player.vimeo.com'] }))

test('[EDIT-18] known sites have an address for frames, without an account or cookies where they offer it', () => {
  const frames: Record<string, string | null> = {
    'https://www.youtube.com/watch?v=dQw4w9WgXcQ&list=x': 'https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ',
    'https://youtu.be/dQw4w9WgXcQ?t=1m30s': 'https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ?start=90',
    'https://m.youtube.com/shorts/dQw4w9WgXcQ': 'https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ',
    'https://www.youtube.com/watch?v=../x': null,
    'https://www.youtube.com/feed': null,
    'https://vimeo.com/76979871': 'https://player.vimeo.com/video/76979871',
    'https://vimeo.com/76979871/8272103f6e': 'https://player.vimeo.com/video/76979871?h=8272103f6e',
    'https://www.loom.com/share/0281766fa2d04bb788eaf19e65135184': 'https://www.loom.com/embed/0281766fa2d04bb788eaf19e65135184',
    'https://www.figma.com/design/abc/Name?node-id=1': 'https://www.figma.com/embed?embed_host=consilium&url=https%3A%2F%2Fwww.figma.com%2Fdesign%2Fabc%2FName%3Fnode-id%3D1',
    'https://miro.com/app/board/uXjVO=/': 'https://miro.com/app/live-embed/uXjVO=/',
    'https://docs.google.com/spreadsheets/d/1aB-c_D/edit#gid=0': 'https://docs.google.com/spreadsheets/d/1aB-c_D/preview',
    'https://docs.google.com/forms/x': null,
    'https://drive.google.com/file/d/1aB/view': 'https://drive.google.com/file/d/1aB/preview',
    'https://airtable.com/shrAbc': 'https://airtable.com/embed/shrAbc',
    'https://videos.example/x?y=1': 'https://videos.example/x?y=1',
    'http://videos.example/x': null,
    'javascript:alert(1)': null,
    'https://': null,
  }
  expect(Object.fromEntries(Object.keys(frames).map((href) => [href, frameOf(href)]))).toEqual(frames)
  expect(pageOf('https://www.youtube-nocookie.com/embed/dQw4?start=1')).toBe('https://www.youtube.com/watch?v=dQw4')
  expect(pageOf('https://x.example/embed/1')).toBe('https://x.example/embed/1')
  expect(['https://x.example', 'http://x', 'ftp://x', '/x', 'https:x', 'mailto:a@b.c'].map(isWebAddress)).toEqual([true, true, false, false, false, false])
})

const editors: Editor[] = []
// An editor that is left alone still looks at its page when that is gone.
afterEach(() => {
  for (const editor of editors.splice(0)) editor.destroy()
})

const editorOf = (href: string, title: string | null = null) => {
  const editor = new Editor({ element: document.createElement('div'), extensions: schema, content: { type: 'doc', content: [{ type: 'embed', attrs: { href, title } }, { type: 'paragraph' }] } })
  editors.push(editor)
  return editor
}
const card = (editor: Editor) => editor.view.dom.querySelector('.embed-card') as HTMLElement
const button = (editor: Editor, name: string) => [...card(editor).querySelectorAll('button')].find(({ textContent }) => textContent === name)

test('[EDIT-18] a card loads nothing before somebody asks, and then in a sandbox', async () => {
  const editor = editorOf('https://vimeo.com/76', 'A talk')
  await vi.waitFor(() => expect(button(editor, 'Show here')?.hidden).toBe(false))
  expect(card(editor).querySelector('iframe,img,link,script')).toBeNull()
  expect(card(editor).querySelector('a')?.outerHTML).toContain('target="_blank" rel="noopener noreferrer"')
  expect(card(editor).querySelector('strong')?.textContent).toBe('A talk')
  button(editor, 'Show here')?.click()
  const frame = card(editor).querySelector('iframe')
  expect(frame?.src).toBe('https://player.vimeo.com/video/76')
  expect([frame?.getAttribute('sandbox')?.includes('top-navigation'), frame?.referrerPolicy, frame?.title]).toEqual([false, 'no-referrer', 'A talk'])
  // Another address is not shown in its place.
  editor.view.dispatch(editor.state.tr.setNodeAttribute(0, 'href', 'https://vimeo.com/77'))
  expect(card(editor).querySelector('iframe')).toBeNull()
})

test('[EDIT-18] a site that is not allowed, and an address that a raw client stored, have no frame', async () => {
  const other = editorOf('https://www.loom.com/share/0281')
  const raw = editorOf('javascript:alert(1)', 'x')
  await new Promise((done) => setTimeout(done))
  expect([button(other, 'Show here')?.hidden, button(raw, 'Show here')?.hidden]).toEqual([true, true])
  expect(card(raw).querySelector('a')?.hasAttribute('href')).toBe(false)
  expect(raw.getHTML()).not.toContain('javascript')
})

test('[EDIT-18] a card is a figure in HTML, and an image of its address in Markdown', () => {
  const editor = editorOf('https://vimeo.com/76?a=1&b=2', 'A [talk]')
  expect(editor.getHTML()).toContain('<figure data-embed="https://vimeo.com/76?a=1&amp;b=2" data-title="A [talk]"><a href="https://vimeo.com/76?a=1&amp;b=2"')
  expect(markdownOf(editor.state.doc.content)).toBe('![A \\[talk\\]](<embed:https://vimeo.com/76?a=1&b=2>)\n')
  editor.commands.setContent('<figure data-embed="https://vimeo.com/1"><a href="https://vimeo.com/1">https://vimeo.com/1</a></figure><figure data-embed="javascript:x">no</figure>')
  expect(editor.state.doc.child(0).attrs).toEqual({ href: 'https://vimeo.com/1', title: null })
  expect(editor.state.doc.textContent).toContain('no')
  expect(editor.commands.setEmbed({ href: 'javascript:x', title: null })).toBe(false)
})
