import { expect, test, vi } from 'vitest'
import type { Revision } from '../review'
import { DocumentPanels } from './panels'

const revision = { revision_id: 'r1' } as Revision
const passage = { start: {}, end: {}, quote: 'slow', isOneLine: true }

test('one panel is open at a time, and its button closes it', () => {
  const panels = new DocumentPanels()
  panels.toggle('comments')
  expect(panels.state.open).toBe('comments')
  panels.toggle('history')
  expect(panels.state.open).toBe('history')
  panels.toggle('history')
  expect(panels.state.open).toBeNull()
})

test('a comparison ends with the history panel', () => {
  const panels = new DocumentPanels()
  panels.compare(revision)
  expect(panels.state).toMatchObject({ open: 'history', revision })
  panels.openThread('t1')
  expect(panels.state).toMatchObject({ open: 'comments', revision: null, thread: 't1' })
})

test('what an approver looks at stays beside the approval, and ends with it', () => {
  const panels = new DocumentPanels()
  panels.look('beside')
  expect(panels.state).toMatchObject({ open: 'approval', review: 'beside' })
  panels.look(null)
  expect(panels.state).toMatchObject({ open: 'approval', review: null })
  panels.look('request')
  panels.show('comments')
  expect(panels.state).toMatchObject({ open: 'comments', review: null })
})

test('a link opens the panel that it names', () => {
  const panels = new DocumentPanels()
  panels.follow('#thread=0199-a')
  expect(panels.state).toMatchObject({ open: 'comments', thread: '0199-a' })
  panels.follow('#approval')
  expect(panels.state.open).toBe('approval')
  panels.follow('#version=0199-b')
  expect(panels.state.asked).toBe('0199-b')
  panels.follow('#thread=<script>')
  panels.follow('')
  expect(panels.state).toMatchObject({ open: 'approval', thread: '0199-a' })
})

test('subscribers are called for changes only, until they unsubscribe', () => {
  const panels = new DocumentPanels()
  const heard = vi.fn()
  const leave = panels.onChange(heard)
  panels.beginThread({ passage })
  expect(panels.state).toMatchObject({ open: 'comments', draft: { passage } })
  expect(heard).toHaveBeenCalledTimes(1)
  panels.show('comments')
  expect(heard).toHaveBeenCalledTimes(1)
  leave()
  panels.close()
  expect(heard).toHaveBeenCalledTimes(1)
})
