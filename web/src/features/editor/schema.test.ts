// The server checks content written by REST clients against the editor's schema, in a file that this test generates.
import { readFileSync, writeFileSync } from 'node:fs'
import { getSchema } from '@tiptap/core'
import { expect, test } from 'vitest'
import { schema } from './extensions'

const FILE = new URL('../../../../crates/document/src/prose/schema.json', import.meta.url)

type Attributes = Record<string, { default: unknown }>
const defaults = (attributes: Attributes = {}) => Object.fromEntries(Object.entries(attributes).map(([name, { default: value }]) => [name, value ?? null]))

function described() {
  const { nodes, marks } = getSchema(schema)
  const node = ({ spec }: (typeof nodes)[string]) => ({
    content: spec.content ?? '', group: spec.group ?? '', marks: spec.marks ?? null, attributes: defaults(spec.attrs as Attributes),
  })
  const mark = ({ spec }: (typeof marks)[string]) => ({ excludes: spec.excludes ?? null, attributes: defaults(spec.attrs as Attributes) })
  return {
    nodes: Object.fromEntries(Object.entries(nodes).map(([name, type]) => [name, node(type)])),
    marks: Object.fromEntries(Object.entries(marks).map(([name, type]) => [name, mark(type)])),
  }
}

test("the server's copy of the schema is the editor's (UPDATE_SCHEMA=1 writes it)", () => {
  const text = `${JSON.stringify(described(), null, 1)}\n`
  if (process.env.UPDATE_SCHEMA) writeFileSync(FILE, text)
  expect(readFileSync(FILE, 'utf8')).toBe(text)
})
