// The server checks content written by REST clients against the editor's schema, in a file that this test generates.
import { readFileSync, writeFileSync } from 'node:fs'
import { getSchema } from '@tiptap/core'
import { expect, test } from 'vitest'
import { SCHEMA_VERSION } from '../../sync/schemaVersion'
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

const VERSION = new URL('../../sync/schemaVersion.ts', import.meta.url)

test("the server's copy of the schema is the editor's (UPDATE_SCHEMA=1 writes it)", () => {
  const { version: known, ...kept } = JSON.parse(readFileSync(FILE, 'utf8'))
  let version = SCHEMA_VERSION
  if (process.env.UPDATE_SCHEMA && JSON.stringify(kept) !== JSON.stringify(described())) {
    version = known + 1
    writeFileSync(FILE, `${JSON.stringify({ version, ...described() }, null, 1)}\n`)
    writeFileSync(VERSION, readFileSync(VERSION, 'utf8').replace(/(?<=SCHEMA_VERSION = )\d+/, String(version)))
  }
  expect(readFileSync(FILE, 'utf8')).toBe(`${JSON.stringify({ version, ...described() }, null, 1)}\n`)
})

// What the editor of each version could hold. A page of an earlier version would delete what is new.
const HASHES: Record<number, string> = {
  3: 'e2824522fe2d1dfe',
  4: 'e649492dd438965c',
}

test('[SYNC-30] a change of the schema raises its version, which keeps earlier pages out', async () => {
  const bytes = new TextEncoder().encode(JSON.stringify(described()))
  const digest = Buffer.from(await crypto.subtle.digest('SHA-256', bytes)).toString('hex').slice(0, 16)
  expect(HASHES[SCHEMA_VERSION], 'add a version with this hash; never change an old line').toBe(digest)
  expect(Math.max(...Object.keys(HASHES).map(Number))).toBe(SCHEMA_VERSION)
})
