// The requirements of each route, and the routes that are allowed while the server is read-only, in one table.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { before, test } from 'node:test'
import { promisify } from 'node:util'
import { NEEDS, WHILE_READ_ONLY, listed } from './needs.mjs'
import { program } from './server.mjs'

let operations

before(async () => {
  const { stdout } = await promisify(execFile)(program, ['openapi'], { maxBuffer: 16 << 20 })
  operations = Object.entries(JSON.parse(stdout).paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ route: `${method.toUpperCase()} ${path.replace('/api/v1', '')}`, operation })))
})

test('[AUTH-21] every route declares its requirements as in the table', () => {
  const needOf = ({ security }) => {
    if (!security) return 'nothing'
    if (security.some((one) => Object.keys(one).length === 0)) return 'public'
    return security.find(({ bearer }) => bearer)?.bearer[0] ?? 'people'
  }
  const found = {}
  for (const { route, operation } of operations) (found[needOf(operation)] ??= []).push(route)
  assert.deepEqual(Object.keys(found).sort(), Object.keys(NEEDS).sort())
  for (const [need, routes] of Object.entries(NEEDS)) assert.deepEqual(found[need].sort(), listed(routes), need)
})

test('[SAVE-23] while the server is read-only, these and no other unsafe routes are allowed', () => {
  const found = operations.filter(({ operation }) => operation['x-while-read-only']).map(({ route }) => route)
  assert.deepEqual(found.sort(), listed(WHILE_READ_ONLY))
})
