// Runs tests of the embedded database on Postgres, each file with its own database.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { database } from './stores.mjs'

for (const file of ['matrix', 'sharing', 'second_step', 'keys', 'account', 'comments', 'revisions', 'jobs', 'inbox', 'approvals', 'approval_moves', 'decisions', 'webhooks', 'mails']) {
  test(`${file} on Postgres`, async () => {
    const { NODE_TEST_CONTEXT: _, ...env } = process.env
    const path = fileURLToPath(new URL(`${file}.test.mjs`, import.meta.url))
    const child = spawn(process.execPath, ['--test', '--test-force-exit', path], { env: { ...env, CONSILIUM_DATABASE_URL: database().href }, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data))
    assert.equal(await new Promise((resolve) => child.once('exit', resolve)), 0, output.slice(-4_000))
    assert.match(output, /# pass [1-9]/)
  })
}
