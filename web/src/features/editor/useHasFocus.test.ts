// @vitest-environment jsdom
import { Editor } from '@tiptap/core'
import { act, createElement, useRef } from 'react'
import { createRoot } from 'react-dom/client'
import { expect, test } from 'vitest'
import { schema } from './extensions'
import { useHasFocus } from './useHasFocus'

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })

const settled = () => act(() => new Promise((done) => setTimeout(done, 5)))

let shown = false

function Bar({ editor }: { editor: Editor }) {
  const bar = useRef<HTMLDivElement>(null)
  const { hasFocus, onBlur } = useHasFocus(editor, bar)
  shown = hasFocus
  return createElement('div', { ref: bar, onBlur }, createElement('button', { type: 'button' }))
}

test('[EDIT-5] the bar beside the text is there while the keyboard is in it or in the text, and goes with a click on nothing', async () => {
  const place = document.body.appendChild(document.createElement('div'))
  const editor = new Editor({ element: place.appendChild(document.createElement('div')), extensions: schema })
  const others = place.appendChild(document.createElement('p'))
  const root = createRoot(place.appendChild(document.createElement('div')))
  act(() => root.render(createElement(Bar, { editor })))
  expect(shown).toBe(false)
  const focus = (element: HTMLElement) => act(async () => element.focus())
  await focus(editor.view.dom)
  await settled()
  expect(shown).toBe(true)
  const button = place.querySelector('button') as HTMLButtonElement
  await focus(button)
  expect(shown).toBe(true)
  // A button that goes away takes the focus with it: the bar stays.
  await act(async () => button.blur())
  expect(shown).toBe(true)
  act(() => void others.dispatchEvent(new MouseEvent('mousedown', { bubbles: true })))
  await settled()
  expect(shown).toBe(false)
  act(() => root.unmount())
  editor.destroy()
  place.remove()
})
