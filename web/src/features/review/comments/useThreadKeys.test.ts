// @vitest-environment jsdom
import { act, createElement, useState } from 'react'
import { createRoot } from 'react-dom/client'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ThreadView } from '../api'
import { useThreadKeys } from './useThreadKeys'

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })

const THREADS = ['one', 'two', 'three'].map((thread_id) => ({ thread_id }) as ThreadView)
let resolved: string[]
let end: () => void

/** A list of threads as the panel has it: the active one has a field and a button. */
function List() {
  const [active, setActive] = useState<string | null>(null)
  const { panel, onKeyDown } = useThreadKeys(THREADS, active, setActive)
  const card = (id: string) => createElement('li', { key: id, 'data-thread': id, tabIndex: -1, 'aria-current': id === active || undefined },
    id === active && createElement('textarea'),
    id === active && createElement('button', { type: 'button', 'data-key': 'resolve', onClick: () => resolved.push(id) }),
  )
  return createElement('aside', { ref: panel, onKeyDown }, createElement('input', { type: 'checkbox' }), createElement('ul', null, THREADS.map(({ thread_id }) => card(thread_id))))
}

beforeEach(() => {
  resolved = []
  const place = document.body.appendChild(document.createElement('div'))
  const root = createRoot(place)
  act(() => root.render(createElement(List)))
  end = () => {
    act(() => root.unmount())
    place.remove()
  }
})
afterEach(() => end())

/** Presses a key where the focus is, and says whether the page took it. */
function press(key: string, more: KeyboardEventInit = {}): boolean {
  const on = document.activeElement === document.body ? (document.querySelector('aside') as Element) : (document.activeElement as Element)
  const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more })
  act(() => void on.dispatchEvent(event))
  return event.defaultPrevented
}
const current = () => document.querySelector<HTMLElement>('[aria-current]')?.dataset.thread
const focused = () => (document.activeElement as HTMLElement | null)?.dataset.thread

test('[CMT-11] J, K and the arrows go through the threads, round the ends, and take the focus along', () => {
  expect(press('j')).toBe(true)
  expect([current(), focused()]).toEqual(['one', 'one'])
  press('ArrowDown')
  press('J')
  expect([current(), focused()]).toEqual(['three', 'three'])
  press('j')
  expect(current()).toBe('one')
  press('k')
  press('ArrowUp')
  expect([current(), focused()]).toEqual(['two', 'two'])
})

test('[CMT-11] the first step up goes to the last thread', () => {
  press('k')
  expect(current()).toBe('three')
})

test('[CMT-11] R writes an answer and E resolves; without an active thread they do nothing, and what is typed is typed', () => {
  press('r')
  press('e')
  expect(resolved).toEqual([])
  press('j')
  press('e')
  expect(resolved).toEqual(['one'])
  press('r')
  expect(document.activeElement?.tagName).toBe('TEXTAREA')
  for (const key of ['j', 'k', 'e', 'ArrowDown']) expect(press(key), key).toBe(false)
  expect([current(), resolved]).toEqual(['one', ['one']])
})

test('[CMT-11] keys of the browser and of the page are left alone', () => {
  press('j')
  for (const more of [{ ctrlKey: true }, { metaKey: true }, { altKey: true }]) expect(press('j', more)).toBe(false)
  expect(press('x')).toBe(false)
  expect(current()).toBe('one')
  // A box that is checked takes no letters.
  document.querySelector('input')?.focus()
  press('j')
  expect(current()).toBe('two')
})
