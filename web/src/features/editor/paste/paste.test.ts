// What is pasted from other programs, each with the document that a person would expect. UPDATE_PASTE=1 writes the
// expectations; read them before they are committed.
// @vitest-environment jsdom
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { getSchema } from '@tiptap/core'
import type { Node } from '@tiptap/pm/model'
import { describe, expect, test } from 'vitest'
import { schema as extensions } from '../extensions'
import { contentFrom } from './content'

const FOLDER = fileURLToPath(import.meta.resolve('./fixtures'))
const schema = getSchema(extensions)
const names = readdirSync(FOLDER).filter((name) => !name.endsWith('.json'))

/** A document as one reads it: a line for each block, with its attributes and marks, indented. */
function outline(node: Node, depth = 0): string[] {
  const filled = Object.entries(node.attrs).filter(([name, value]) => value !== null && !['colspan', 'rowspan'].includes(name) || (['colspan', 'rowspan'].includes(name) && value !== 1))
  const about = filled.map(([name, value]) => ` ${name}=${String(value).replace(/^pending:.*/, 'pending')}`).join('')
  const line = `${'  '.repeat(depth)}${node.type.name}${about}`
  if (!node.isTextblock) return [line, ...node.children.flatMap((child) => outline(child, depth + 1))]
  const text = node.children.map((child) => {
    const marks = child.marks.map(({ type, attrs }) => (type.name === 'link' ? `link=${attrs.href}` : type.name)).join(' ')
    const words = child.isText ? JSON.stringify(child.text) : child.attrs.text ? `(${child.type.name} ${JSON.stringify(child.attrs.text)})` : `(${child.type.name})`
    return marks ? `${words} {${marks}}` : words
  })
  return [[line, ...text].join(' ')]
}

async function read(name: string): Promise<string> {
  const file = readFileSync(`${FOLDER}/${name}`, 'utf8')
  expect(file, 'the source is named').toMatch(/^(<!-- )?Source: \S/)
  const isHtml = name.endsWith('.html')
  const given = isHtml ? { html: file.slice(file.indexOf('\n') + 1), text: '' } : { html: '', text: file.slice(file.indexOf('\n\n') + 2) }
  const { content } = await contentFrom(given, schema)
  const doc = schema.topNodeType.create(null, content)
  doc.check()
  return `${outline(doc).slice(1).map((line) => line.slice(2)).join('\n')}\n`
}

describe('[EDIT-1] a paste keeps the structure and drops the styles', () => {
  test('of forty samples or more', () => expect(names.length).toBeGreaterThanOrEqual(40))
  test.each(names)('%s', async (name) => {
    const read_ = await read(name)
    const path = `${FOLDER}/${name}.expected.json`
    if (process.env.UPDATE_PASTE) writeFileSync(path, `${JSON.stringify(read_.trimEnd().split('\n'), null, 1)}\n`)
    expect(read_.trimEnd().split('\n')).toEqual(JSON.parse(readFileSync(path, 'utf8')))
  })
})
