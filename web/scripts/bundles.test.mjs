import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { bundles, faultsOf } from './bundles.mjs'

test('scripts count with what they import, once, and not with what they load on use', () => {
  const dist = mkdtempSync(join(tmpdir(), 'consilium-bundles-'))
  mkdirSync(join(dist, 'assets'))
  const files = {
    'index-00000000.js': 'import{a}from"./page-00000000.js";import"./libraries-00000000.js";import("./editor-00000000.js")',
    'page-00000000.js': 'import"./libraries-00000000.js";export const a=1',
    'libraries-00000000.js': 'export{}',
    'editor-00000000.js': 'import"./libraries-00000000.js";import("./dialog-00000000.js")',
    'dialog-00000000.js': `/* ${'x'.repeat(1_000)} */`,
    'en-00000000.js': 'export default{}',
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dist, 'assets', name), text)
  writeFileSync(join(dist, 'index.html'), '<script type="module" src="/assets/index-00000000.js"></script>')
  const { shell, page, libraries, editor, texts } = bundles(dist)
  const index = shell - page - libraries
  expect([index, page, libraries, editor, texts].every((size) => size > 0.02 && size < 0.2)).toBe(true)
  rmSync(dist, { recursive: true })
})

test('what is too large is named', () => {
  expect(faultsOf({ shell: 3, editor: 5.04 }, { shell: 3, editor: 5 })).toEqual(['dist/: the editor has 5.0 KB of scripts: it has at most 5'])
})
