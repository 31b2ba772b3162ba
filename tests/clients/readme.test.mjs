// The Python example of the README, unchanged.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { owner } from './people.mjs'
import { Server } from './server.mjs'

test('the Python example of the README writes a document and changes a word of it', async () => {
  const [, example] = /```python\n([^]*?)```/.exec(readFileSync(new URL('../../README.md', import.meta.url), 'utf8'))
  const server = await Server.start({ args: [] })
  try {
    const ana = await owner(server)
    const { key } = (await ana.expect(201, 'POST', '/keys', { name: 'README', scopes: ['documents:read', 'documents:write'] })).body
    const { stdout } = await promisify(execFile)('python3', ['-c', example], { env: { ...process.env, CONSILIUM_URL: server.url, CONSILIUM_KEY: key } })
    assert.match(stdout, /# Report\n\nGrowth is fast\.\n/)
    assert.match(stdout, /^Report \d+$/m)
  } finally {
    await server.stop()
  }
})
