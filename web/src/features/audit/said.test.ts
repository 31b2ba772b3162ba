import { expect, test } from 'vitest'
import { said } from './said'

const nameOf = (id: string) => (id === 'a' ? 'Jonas Berg' : 'someone')

test('the audit log says what happened in sentences, and keeps the name of an event that it does not know', () => {
  expect(said('share.give', { account: 'a', level: 'view' }, nameOf)).toBe('Shared it with Jonas Berg (can view)')
  expect(said('share.give', { group: 'g', level: 'edit' }, nameOf)).toBe('Shared it with a group (can edit)')
  expect(said('document.change', { open_level: null }, nameOf)).toBe('Closed it to the workspace')
  expect(said('document.change', { texts: ['title'] }, nameOf)).toBe('Changed the details')
  expect(said('member.join', { role: 'analyst' }, nameOf)).toBe('Joined as Editor')
  expect(said('approval.act', { act: 'delegate' }, nameOf)).toBe('Delegated an approval')
  expect(said('planet.found', {}, nameOf)).toBeUndefined()
})
