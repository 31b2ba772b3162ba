// @vitest-environment jsdom
import { act, createElement } from 'react'
import { createRoot } from 'react-dom/client'
import { expect, test } from 'vitest'
import { lazily } from './lazily'

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })

const Part = ({ name }: { name: string }) => createElement('p', null, name)

test('a part is shown once it is loaded; one that cannot be loaded says so, and can be tried again', async () => {
  let isOut = true
  const Lazy = lazily(async () => {
    if (isOut) throw new TypeError('Failed to fetch dynamically imported module')
    return { Part }
  }, 'Part')
  const place = document.createElement('div')
  const root = createRoot(place)
  await act(async () => root.render(createElement('main', null, 'The page', createElement(Lazy, { name: 'Ana' }))))
  expect(place.textContent).toMatch(/^The page.*couldn't be loaded/)
  isOut = false
  await act(async () => place.querySelector('button')?.click())
  expect(place.innerHTML).toBe('<main>The page<p>Ana</p></main>')
  act(() => root.unmount())
})
