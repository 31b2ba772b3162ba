// [REST-5] Schemathesis generates valid and invalid requests from the OpenAPI document: no 5xx, and no undocumented
// status or body.
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Validator } from '@seriousme/openapi-schema-validator'
import { join, owner } from './people.mjs'
import { Server, program } from './server.mjs'

const at = (path) => fileURLToPath(new URL(path, import.meta.url))
const EXAMPLES = process.env.OPENAPI_EXAMPLES ?? '3'
const CHECKS = 'not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance'

test('[REST-6] clients are generated from the OpenAPI document of the server', async () => {
  const { stdout } = await promisify(execFile)(program, ['openapi'], { maxBuffer: 16 << 20 })
  assert.equal(readFileSync(at('../../clients/typescript/openapi.json'), 'utf8'), stdout, 'run `make client`')
  const operations = Object.values(JSON.parse(stdout).paths).flatMap(Object.values)
  assert.equal(new Set(operations.map(({ operationId }) => operationId)).size, operations.length, 'each has a name of its own')
})

test('[F5] [REST-6] the OpenAPI document is valid, and binary bodies are bytes', async () => {
  const described = JSON.parse(readFileSync(at('../../clients/typescript/openapi.json'), 'utf8'))
  assert.deepEqual(await new Validator().validate(described), { valid: true })
  const bodies = Object.values(described.paths).flatMap(Object.values)
    .flatMap(({ requestBody, responses }) => [requestBody, ...Object.values(responses)])
    .flatMap((body) => Object.entries(body?.content ?? {}))
  const binary = bodies.filter(([type]) => /octet-stream|zip|image|pdf/.test(type))
  assert.ok(binary.length >= 10, `${binary.length} binary bodies`)
  // What the generators of `make ecosystem` stumble over: a type that is taken for the constructor of another, and a body
  // of any type beside others.
  const names = new Set(Object.keys(described.components.schemas))
  assert.deepEqual([...names].filter((name) => names.has(name.replace(/^New/, '')) && name.startsWith('New')), [])
  assert.ok(bodies.every(([, { schema }]) => Object.keys(schema).length > 0), 'every body has a type')
  for (const [mime, { schema: { type, format } }] of binary) assert.deepEqual({ type, format }, { type: 'string', format: 'binary' }, mime)
})

test('[REST-5] no request causes a 5xx or an undocumented answer', async () => {
  const fast = '1000000'
  const server = await Server.start({ args: [], env: { CONSILIUM_REQUESTS_PER_MINUTE_OF_SESSION: fast, CONSILIUM_REQUESTS_PER_MINUTE_OF_ADDRESS: fast } })
  try {
    const ana = await owner(server)
    await join(ana, 'analyst', 'Ben')
    await ana.expect(201, 'POST', '/documents', { title: 'Plan' })
    // Only the access token: a refresh would invalidate the refresh token.
    const cookie = `Cookie: consilium_access=${ana.cookies.get('consilium_access')}`
    const args = ['run', `${server.url}/api/v1/openapi.json`, '-H', cookie, '--checks', CHECKS, '--max-examples', EXAMPLES, '--exclude-path', '/api/v1/auth/sign-out',
      '--continue-on-failure', '--phases', 'examples,coverage,fuzzing', '--suppress-health-check', 'all', '--no-color', '--workers', '1', '--seed', '7']
    let output = ''
    const child = spawn(at('../../target/schemathesis/bin/schemathesis'), args, { cwd: server.data, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data))
    const code = await new Promise((resolve) => child.once('exit', resolve))
    console.log(/(\d+ generated.*)/.exec(output)?.[1])
    assert.equal(code, 0, output.slice(-6_000))
    assert.ok(Number(/(\d+) generated/.exec(output)[1]) > 1_000, 'it made requests')
    assert.doesNotMatch(server.log, /panicked/)
  } finally {
    await server.stop()
  }
})
