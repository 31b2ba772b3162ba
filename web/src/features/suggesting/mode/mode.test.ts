// @vitest-environment jsdom
import { beforeEach, expect, test } from 'vitest'
import { DocumentMode, modesFor } from './mode'

beforeEach(() => localStorage.clear())

test('[SUG-30] a right has its modes, and a person begins in the first', () => {
  expect(modesFor('admin')).toEqual(['editing', 'suggesting', 'viewing'])
  expect(modesFor('edit')[0]).toBe('editing')
  expect(modesFor('comment')).toEqual(['suggesting', 'viewing'])
  expect(modesFor('view')).toEqual(['viewing'])
  expect(modesFor(null)).toEqual(['viewing'])
})

test('[SUG-30] the mode is remembered for each document and person, and used as far as the right allows it', () => {
  const mode = new DocumentMode('ana', 'plan')
  expect(DocumentMode.of(mode.state, 'edit')).toBe('editing')
  mode.choose('suggesting')
  expect(DocumentMode.of(new DocumentMode('ana', 'plan').state, 'edit')).toBe('suggesting')
  expect(DocumentMode.of(new DocumentMode('ana', 'plan').state, 'view')).toBe('viewing')
  expect(DocumentMode.of(new DocumentMode('ana', 'other').state, 'edit')).toBe('editing')
  expect(DocumentMode.of(new DocumentMode('jonas', 'plan').state, 'comment')).toBe('suggesting')
})

test('[SUG-30] a person who suggests goes on suggesting when they may edit meanwhile, until they choose', () => {
  const mode = new DocumentMode('jonas', 'plan')
  mode.begin('comment')
  mode.begin('edit')
  expect(DocumentMode.of(mode.state, 'edit')).toBe('suggesting')
  mode.choose('editing')
  expect(DocumentMode.of(mode.state, 'edit')).toBe('editing')
  const reader = new DocumentMode('eve', 'plan')
  reader.begin('view')
  expect(DocumentMode.of(reader.state, 'edit')).toBe('editing')
})
