import { expect, test } from 'vitest'
import { addressFrom, isSafeAddress } from './address'

test('[EDIT-6] addresses are read as people write them, and scripts are none', () => {
  const written = ['example.org', 'www.example.org/a?b#c', 'http://x', 'ana@example.org', 'localhost:8080/x', '/documents/1', '#part', 'münchen.de']
  expect(written.map(addressFrom)).toEqual(['https://example.org', 'https://www.example.org/a?b#c', 'http://x', 'mailto:ana@example.org', 'https://localhost:8080/x', '/documents/1', '#part', 'https://münchen.de'])
  expect(['javascript:alert(1)', 'data:text/html,x', 'JaVaScRiPt:x', 'two words', '', 'plain', '//evil.example'].map(addressFrom)).toEqual([null, null, null, null, null, null, null])
  expect(['javascript:x', '//evil', '/\\evil'].map(isSafeAddress)).toEqual([false, false, false])
})
