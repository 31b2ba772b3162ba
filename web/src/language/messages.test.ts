import { Fragment, createElement, isValidElement } from 'react'
import { expect, test } from 'vitest'
import { filled } from './messages'

test('[WORD-10] a text takes its parameters, and numbers as the language writes them', () => {
  expect(filled('{name} has {count} of {all}', { name: 'Ana', count: 2, all: 1_200 })).toBe('Ana has 2 of 1,200')
})

test('[WORD-10] a text that depends on a number has the form of its plural category', () => {
  const pages = { one: '{count} page', other: '{count} pages' }
  expect([0, 1, 2, 12_345].map((count) => filled(pages, { count }))).toEqual(['0 pages', '1 page', '2 pages', '12,345 pages'])
  // A plural category without a form of its own uses the form `other`.
  expect(filled({ other: '{count} pages' }, { count: 1 })).toBe('1 pages')
})

test('[WORD-10] a parameter may be an element', () => {
  const text = filled('See {link}.', { link: createElement('a', null, 'this') })
  expect(isValidElement(text) && text.type === Fragment).toBe(true)
})
