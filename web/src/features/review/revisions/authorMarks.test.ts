// @vitest-environment jsdom
import { beforeEach, expect, test } from 'vitest'
import { nameCallouts } from '../../../elements/ServerHtml'
import { choose, makeStops, readAuthors } from './authorMarks'

const MONDAY = '2026-11-23T10:00:00Z'
const TUESDAY = '2026-11-24T10:00:00Z'
const ins = (by: string, words: string, at: string) => `<ins data-by="${by}" data-by-name="${by.toUpperCase()}" data-first="${at}" data-last="${at}">${words}</ins>`

let text: HTMLElement
beforeEach(() => {
  text = document.createElement('div')
  text.innerHTML = `<p>${ins('ana', 'Growth ', MONDAY)}${ins('ana', '<strong>is</strong>', MONDAY)}${ins('ben', ' slow', TUESDAY)}</p><p>${ins('ana', 'Costs', TUESDAY)}</p><p><ins>of old</ins></p>`
  document.body.replaceChildren(text)
})
const marks = () => [...text.querySelectorAll('ins')]
const words = ({ marks }: { marks: HTMLElement[] }) => marks.map(({ textContent }) => textContent).join('')

test('[REV-14] what one person wrote without a break is one passage, with its people, days and colours', () => {
  const { writers, days, passages } = readAuthors(text, new Map([['ben', '#123456']]))
  expect(writers.map(({ name }) => name)).toEqual(['ANA', 'BEN'])
  expect(writers[1]?.color).toBe('#123456')
  expect(days).toEqual(['2026-11-24', '2026-11-23'])
  expect(passages.map(words)).toEqual(['Growth is', ' slow', 'Costs', 'of old'])
  expect(passages[0]?.said).toMatch(/ANA.*23/)
  expect(passages[3]?.said).toBe('')
})

test('[REV-14] accepted words are those of the person who suggested them', () => {
  text.innerHTML = `<p>${ins('ana', 'Growth ', MONDAY)}<ins data-by="ana" data-by-name="ANA" data-suggested-by="ben" data-suggested-by-name="BEN" data-first="${TUESDAY}" data-last="${TUESDAY}">is slow</ins></p>`
  const { writers, passages } = readAuthors(text, new Map())
  expect(writers.map(({ name }) => name)).toEqual(['ANA', 'BEN'])
  expect(passages.map(words)).toEqual(['Growth ', 'is slow'])
  expect(passages[1]?.said).toMatch(/^BEN.*accepted by ANA.*24/)
  expect(choose(passages, { person: 'ben', day: '' }).map(words)).toEqual(['is slow'])
})

test('[REV-14] one person or day is picked out, and what is left is one stop of Tab with arrows', () => {
  const { passages } = readAuthors(text, new Map())
  expect(choose(passages, { person: '', day: '' }).map(words)).toEqual(['Growth is', ' slow', 'Costs'])
  expect(choose(passages, { person: 'ana', day: '2026-11-24' }).map(words)).toEqual(['Costs'])
  expect(marks().map((mark) => mark.classList.contains('faded'))).toEqual([true, true, true, false, true])
  const end = makeStops(text, choose(passages, { person: '', day: '' }))
  expect(marks().map(({ tabIndex }) => tabIndex).filter((index) => index === 0)).toHaveLength(1)
  const press = (key: string) => document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }))
  marks()[0]?.focus()
  press('ArrowDown')
  expect(document.activeElement).toBe(marks()[2])
  expect(marks()[2]?.tabIndex).toBe(0)
  press('ArrowRight')
  press('ArrowRight')
  expect(document.activeElement?.textContent).toBe('Costs')
  press('Home')
  expect(document.activeElement).toBe(marks()[0])
  end()
  expect(marks().every((mark) => !mark.hasAttribute('tabindex'))).toBe(true)
})

test('[EDIT-13] callouts of the server are named by the page', () => {
  text.innerHTML = '<div data-callout="warning"></div><div data-callout="of-later"></div>'
  nameCallouts(text)
  expect([...text.children].map((box) => (box as HTMLElement).dataset.title)).toEqual(['Warning', 'Note'])
})
