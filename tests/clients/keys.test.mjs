// API keys and signing keys.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import WebSocket from 'ws'
import { WebsocketProvider } from 'y-websocket-3'
import * as Y from 'yjs'
import { Person, join, owner } from './people.mjs'
import { Server, program, until } from './server.mjs'

let server, ana, ben, id

before(async () => {
  server = await Server.start({ args: [], env: { CONSILIUM_ALLOWED_ORIGINS: '["https://app.example"]' } })
  ana = await owner(server)
  ben = await join(ana, 'analyst', 'Ben')
  id = (await ana.expect(201, 'POST', '/documents', { title: 'Plan', open_level: 'edit' })).body.id
})
after(() => server.stop())

const newKey = async (person, scopes, fields = {}) => (await person.expect(201, 'POST', '/keys', { name: 'script', scopes, ...fields })).body
const call = (key, method, path, { body, headers } = {}) =>
  fetch(`${server.url}/api/v1${path}`, { method, headers: { authorization: `Bearer ${key}`, ...(body && { 'content-type': 'application/json' }), ...headers }, body: body && JSON.stringify(body) })

test('[AUTH-15] a key can do what its scopes allow, on behalf of its owner, and nothing else', async () => {
  const { key, key_id } = await newKey(ben, ['documents:read'])
  assert.match(key, /^ck_[0-9a-f]{64}$/)
  assert.equal((await call(key, 'GET', `/documents/${id}`)).status, 200)
  assert.equal((await call(key, 'GET', `/documents/${id}/content`)).status, 200)
  for (const [method, path, code] of [['POST', '/documents', 'missing-scope'], ['GET', '/members', 'missing-scope'], ['GET', `/documents/${id}/shares`, 'missing-scope'], ['GET', '/me', 'not-for-keys'], ['GET', '/keys', 'not-for-keys'], ['POST', '/keys', 'not-for-keys'], ['GET', '/audit', 'missing-scope'], ['POST', '/me/password', 'not-for-keys']]) {
    const answer = await call(key, method, path, { body: method === 'POST' ? {} : undefined })
    assert.deepEqual([answer.status, (await answer.json()).code], [403, code], `${method} ${path}`)
  }
  const content = await fetch(`${server.url}/api/v1/documents/${id}/content`, { method: 'PUT', headers: { authorization: `Bearer ${key}`, 'content-type': 'text/markdown', 'if-match': '"0"' }, body: '# x' })
  assert.equal(content.status, 403)
  const writer = await newKey(ben, ['documents:read', 'documents:write'])
  assert.equal((await call(writer.key, 'POST', '/documents', { body: { title: 'By a script' } })).status, 201)
  const admins = await newKey(ben, ['people:write', 'audit:read', 'people:read'])
  assert.equal((await call(admins.key, 'GET', '/audit')).status, 403, 'no more than Ben may')
  assert.equal((await call(admins.key, 'PATCH', `/members/${ana.id}`, { body: { role: 'viewer' } })).status, 403)
  const listed = (await ben.expect(200, 'GET', '/keys')).body
  assert.ok(listed[0].last_used_at && !JSON.stringify(listed).includes(key))
  await ana.expect(204, 'DELETE', `/keys/${key_id}`)
  assert.equal((await call(key, 'GET', `/documents/${id}`)).status, 401)
})

test('[AUTH-15] a key opens sockets at the level of its scopes, until it is revoked', async () => {
  const attach = (key) => {
    const provider = new WebsocketProvider(server.sync, id, new Y.Doc(), { WebSocketPolyfill: WebSocket, params: { token: key }, disableBc: true })
    return { provider, text: provider.doc.getText('text') }
  }
  const reader = await newKey(ben, ['documents:read'])
  const writer = await newKey(ben, ['documents:read', 'documents:write'])
  const [reading, writing] = [attach(reader.key), attach(writer.key)]
  await until(() => reading.provider.synced && writing.provider.synced, 'both are in')
  reading.text.insert(0, 'no')
  writing.text.insert(0, 'yes')
  await until(() => reading.text.toString().includes('yes'), 'the writer writes')
  assert.ok(!writing.text.toString().includes('no'))
  let closed = false
  writing.provider.on('status', ({ status }) => (closed ||= status === 'disconnected'))
  let denied = ''
  writing.provider.messageHandlers[2] = (_, decoder) => (denied = Buffer.from(decoder.arr).toString())
  await ben.expect(204, 'DELETE', `/keys/${writer.key_id}`)
  await until(() => closed || denied, 'the socket ends with the key')
  for (const { provider } of [reading, writing]) provider.destroy()
})

test('[AUTH-15] a key has its own rate and expiry', async () => {
  const slow = await newKey(ben, ['documents:read'], { per_minute: 3 })
  const statuses = []
  for (let n = 0; n < 5; n++) statuses.push((await call(slow.key, 'GET', `/documents/${id}`)).status)
  assert.deepEqual(statuses, [200, 200, 200, 429, 429])
  const answer = await call(slow.key, 'GET', `/documents/${id}`)
  assert.ok(Number(answer.headers.get('retry-after')) > 0)
  const short = await newKey(ben, ['documents:read'], { expires_at: new Date(Date.now() + 700).toISOString() })
  await until(async () => (await call(short.key, 'GET', `/documents/${id}`)).status === 401, 'it ends')
  for (const wish of [{ scopes: [] }, { scopes: ['documents:read'], per_minute: 0 }, { scopes: ['documents:read'], expires_at: '2020-01-01T00:00:00Z' }]) {
    await ben.expect(422, 'POST', '/keys', { name: 'x', ...wish })
  }
  await ben.expect(400, 'POST', '/keys', { name: 'x', scopes: ['everything'] })
})

test('[AUTH-17] a page of an allowed origin can use a key, but never a cookie', async () => {
  const { key } = await newKey(ben, ['documents:read', 'documents:write'])
  const from = (origin, headers = {}) => call(key, 'POST', '/documents', { body: { title: 'x' }, headers: { origin, ...headers } })
  const preflight = await fetch(`${server.url}/api/v1/documents`, { method: 'OPTIONS', headers: { origin: 'https://app.example', 'access-control-request-method': 'POST' } })
  assert.equal(preflight.headers.get('access-control-allow-origin'), 'https://app.example')
  assert.equal(preflight.headers.get('access-control-allow-credentials'), null)
  const good = await from('https://app.example')
  assert.deepEqual([good.status, good.headers.get('access-control-allow-origin')], [201, 'https://app.example'])
  const foreign = await from('https://evil.example')
  assert.deepEqual([foreign.status, foreign.headers.get('access-control-allow-origin')], [403, null])
  assert.equal((await from('https://app.example', { cookie: ben.cookie })).status, 403)
  const site = await fetch(`${server.url}/api/v1/documents`, { method: 'POST', headers: { cookie: ben.cookie, 'sec-fetch-site': 'cross-site', 'content-type': 'application/json' }, body: '{}' })
  assert.equal(site.status, 403, 'a form of another page sends no origin in some browsers')
})

test('[AUTH-18] a new signing key signs nobody out, and neither does a restart', async () => {
  const kid = (person) => JSON.parse(Buffer.from(person.cookies.get('consilium_access').split('.')[0], 'base64url')).kid
  assert.equal(kid(ana), 'first')
  const { stdout } = await promisify(execFile)(program, ['keys', 'rotate', '--data', server.data])
  assert.match(stdout, /Nobody is signed out/)
  await ana.expect(200, 'GET', '/me')
  await ana.expect(200, 'POST', '/auth/refresh')
  const old = new Person(server)
  old.cookies = new Map(ana.cookies)
  await server.kill()
  await server.restart()
  await old.expect(200, 'GET', '/me')
  await old.expect(200, 'POST', '/auth/refresh')
  assert.equal(kid(old), 'first', 'the new one signs when every node has it')
  ana = old
  ben = Object.assign(new Person(server), { cookies: ben.cookies, id: ben.id })
})

test('[AUTH-6] no forged token is accepted: other algorithms, keys, times and kinds all get 401', async () => {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const [head, claims, signature] = ana.cookies.get('consilium_access').split('.')
  const said = JSON.parse(Buffer.from(claims, 'base64url'))
  const signed = (header, body, secret = 'guess') => {
    const text = `${part(header)}.${part(body)}`
    return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
  }
  const hs = { alg: 'HS256', typ: 'JWT', kid: 'first' }
  const forged = {
    'no algorithm': `${part({ alg: 'none', kid: 'first' })}.${claims}.`,
    'no algorithm, with a signature': `${part({ alg: 'None', kid: 'first' })}.${claims}.${signature}`,
    'another algorithm': `${part({ ...hs, alg: 'HS512' })}.${claims}.${signature}`,
    'a public-key algorithm': `${part({ ...hs, alg: 'RS256' })}.${claims}.${signature}`,
    'another key': signed(hs, said),
    'an empty key': signed(hs, said, ''),
    'a key id that is a path': signed({ ...hs, kid: '../../../../dev/null' }, said, ''),
    'a key id that is SQL': signed({ ...hs, kid: "x' union select 'a" }, said, 'a'),
    'an embedded key': signed({ ...hs, jwk: { kty: 'oct', k: part('guess') }, jku: 'http://127.0.0.1:1/' }, said),
    'a longer life': `${head}.${part({ ...said, exp: said.exp + 9_999 })}.${signature}`,
    'an end that is text': signed(hs, { ...said, exp: String(said.exp) }),
    'somebody else': `${head}.${part({ ...said, sid: '0198c0de-0000-7000-8000-000000000000' })}.${signature}`,
    'a device token': ana.cookies.get('consilium_device'),
    'nothing': '..',
  }
  for (const [what, token] of Object.entries(forged)) {
    const answer = await fetch(`${server.url}/api/v1/me`, { headers: { cookie: `consilium_access=${token}` } })
    assert.equal(answer.status, 401, what)
    const bearer = await fetch(`${server.url}/api/v1/documents/${id}`, { headers: { authorization: `Bearer ${token}` } })
    assert.equal(bearer.status, 401, `${what}, as a bearer token`)
  }
})
