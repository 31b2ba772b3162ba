import { expect, test } from 'vitest'
import { addressFrom, addressesIn, isSafeAddress } from './address'

test('[EDIT-6] addresses are read as people write them, and scripts are none', () => {
  const written = ['example.org', 'www.example.org/a?b#c', 'http://x', 'ana@example.org', 'localhost:8080/x', '/documents/1', '#part', 'münchen.de']
  expect(written.map(addressFrom)).toEqual(['https://example.org', 'https://www.example.org/a?b#c', 'http://x', 'mailto:ana@example.org', 'https://localhost:8080/x', '/documents/1', '#part', 'https://münchen.de'])
  expect(['javascript:alert(1)', 'data:text/html,x', 'JaVaScRiPt:x', 'two words', '', 'plain', '//evil.example'].map(addressFrom)).toEqual([null, null, null, null, null, null, null])
  expect(['javascript:x', '//evil', '/\\evil'].map(isSafeAddress)).toEqual([false, false, false])
})

test('[EDIT-6] addresses are found in running text, without the signs around them', () => {
  const found = (text: string) => addressesIn(text).map(({ from, to, href }) => (text.slice(from, to) === href ? href : [text.slice(from, to), href]))
  expect(found('See https://a.example/x?y=1. Or (https://a.example/A_(b)), “https://b.example”!')).toEqual(['https://a.example/x?y=1', 'https://a.example/A_(b)', 'https://b.example'])
  expect(found('www.a.example, b.org/x and ana@example.org; mailto:ana@example.org')).toEqual([['www.a.example', 'https://www.a.example'], ['b.org/x', 'https://b.org/x'], ['ana@example.org', 'mailto:ana@example.org'], 'mailto:ana@example.org'])
  expect(found('URL:https://a.example http://localhost:8080/x')).toEqual(['https://a.example', 'http://localhost:8080/x'])
  expect(found('notes.md, run.sh, z.B. and e.g. 1.5 or v2.0, 10.0.0.1, localhost, a.orgx, javascript:alert(1), https://, user@host')).toEqual([])
})
