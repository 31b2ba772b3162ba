// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test } from 'vitest'
import { keepFocus } from './keepFocus'

let room: HTMLElement
let end: (() => void) | undefined

beforeEach(() => {
  room = document.createElement('aside')
  document.body.replaceChildren(room)
  end = keepFocus(room)
})
afterEach(() => end?.())

const $ = (selector: string) => room.querySelector(selector) as HTMLElement
/** Observers have been called. */
const observed = () => new Promise((done) => setTimeout(done))
const focused = () => document.activeElement?.id

test('[SHELL-13] a form that comes in the place of its button has the focus, and the button again when the form closes', async () => {
  room.innerHTML = '<p><button id="quote"></button></p><div><button id="assign">Assign</button></div><div><button id="other"></button></div>'
  const row = $('div')
  $('#assign').focus()
  const form = document.createElement('form')
  form.innerHTML = '<label><select id="who"></select></label><button id="cancel"></button>'
  row.replaceWith(form)
  await observed()
  expect(focused()).toBe('who')
  $('#cancel').focus()
  form.replaceWith(row)
  await observed()
  expect(focused()).toBe('assign')
})

test('[SHELL-13] what is removed together counts as one place', async () => {
  room.innerHTML = '<button id="first"></button><form id="reply"><textarea id="answer"></textarea></form><div id="row"><button id="resolve">Resolve</button></div>'
  $('#resolve').focus()
  const [reply, row] = [$('#reply'), $('#row')]
  reply.remove()
  row.remove()
  room.insertAdjacentHTML('beforeend', '<form id="end"><select id="outcome"></select></form>')
  await observed()
  expect(focused()).toBe('outcome')
  $('#end').replaceWith(reply, row)
  await observed()
  expect(focused()).toBe('resolve')
})

test('[SHELL-13] a button that is disabled for a while gets the focus back; if it goes away, its neighbour does', async () => {
  room.innerHTML = '<ul><li id="a"><input type="checkbox"><button id="a1" data-first></button></li><li id="b"><button id="b1" data-first></button><button id="accept"></button></li><li id="c"><input type="checkbox"><button id="c1" data-first></button></li></ul>'
  const accept = $('#accept') as HTMLButtonElement
  accept.focus()
  accept.disabled = true
  // As browsers do, and jsdom does not.
  accept.blur()
  await observed()
  accept.disabled = false
  await observed()
  expect(focused()).toBe('accept')
  accept.disabled = true
  $('#b').remove()
  await observed()
  expect(focused()).toBe('c1')
  $('#c').remove()
  await observed()
  expect(focused()).toBe('a1')
  $('ul').remove()
  await observed()
  expect(document.activeElement).toBe(room)
})

test('[SHELL-13] a list that is drawn anew has the focus on its current entry', async () => {
  room.innerHTML = '<ul><li><button id="old"></button></li></ul>'
  $('#old').focus()
  $('ul').innerHTML = '<li><button id="one"></button></li><li aria-current="true" tabindex="-1" id="two"><button></button></li>'
  await observed()
  expect(focused()).toBe('two')
})

test('[SHELL-13] somebody who has left is left alone', async () => {
  room.innerHTML = '<button id="one"></button><button id="two"></button>'
  const outside = document.createElement('input')
  document.body.append(outside)
  $('#one').focus()
  outside.focus()
  $('#one').remove()
  await observed()
  expect(document.activeElement).toBe(outside)
  $('#two').focus()
  $('#two').blur()
  await observed()
  $('#two').remove()
  await observed()
  expect(document.activeElement).toBe(document.body)
})
