// Who is behind a request is found out once, before its body is read, and what a key pays for it.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import * as Y from 'yjs'
import { join, owner } from './people.mjs'
import { Server, until } from './server.mjs'

const WITHIN = 30_000
let server, ana, ben, id

before(async () => {
  server = await Server.start({ args: [], env: { CONSILIUM_LOG_FILTER: 'info,sqlx::query=debug', CONSILIUM_LOG_FORMAT: 'json' } })
  ana = await owner(server)
  ben = await join(ana, 'analyst', 'Ben')
  id = (await ana.expect(201, 'POST', '/documents', { title: 'Plan', open_level: 'edit' })).body.id
})
after(() => server.stop())

const newKey = async (person, scopes, fields = {}) => (await person.expect(201, 'POST', '/keys', { name: 'script', scopes, ...fields })).body.key
const call = async (key, method, path, { body, headers, cookie } = {}) => {
  const text = typeof body === 'string' ? body : body && JSON.stringify(body)
  const response = await fetch(`${server.url}/api/v1${path}`, { method, body: text, headers: { ...(key && { authorization: `Bearer ${key}` }), ...(cookie && { cookie }), ...(body && { 'content-type': 'application/json' }), ...headers } })
  const answer = await response.text()
  return { status: response.status, etag: response.headers.get('etag'), replayed: response.headers.get('idempotent-replayed'), code: /"code":"([^"]+)"/.exec(answer)?.[1], text: answer }
}

/** The statements that the database ran for one request, by its id. */
const statements = async (request) => {
  const marker = randomUUID()
  const from = server.log.length
  await request()
  // A request after it: its statements come later in the log.
  await ana.call('GET', '/documents?q=' + marker)
  const lines = () => server.log.slice(from).split('\n').filter((line) => line.includes('"db.statement"'))
  await until(() => lines().some((line) => line.includes('lower(title)') || line.includes('from document')), 'the log is written', WITHIN)
  return lines().map((line) => JSON.parse(line).fields['db.statement'].replace(/\s+/g, ' ').trim())
}
const identifies = (statement) => /^select/i.test(statement) && /\b(from|join) (session|api_key|guest)\b/i.test(statement)

test('[AUTH-19] one SQL statement finds out who is behind a request, however it is answered', async () => {
  const key = await newKey(ben, ['documents:read', 'documents:write'])
  const path = `/documents/${id}`
  const { etag } = await call(key, 'GET', `${path}/content`)
  const browser = { cookie: ben.cookie, headers: { origin: server.url } }
  const requests = {
    'a read with a session': () => call(undefined, 'GET', path, browser),
    'a read with a key': () => call(key, 'GET', path),
    'a read of the text': () => call(key, 'GET', `${path}/content`),
    'a write with an Idempotency-Key': () => call(key, 'POST', '/documents', { body: { title: 'x' }, headers: { 'idempotency-key': randomUUID() } }),
    'a write of the text': () => call(key, 'PUT', `${path}/content`, { body: '# Words', headers: { 'content-type': 'text/markdown', 'if-match': etag } }),
    'a refused write with a session': () => call(undefined, 'DELETE', path, browser),
    'a refused write with a key': () => call(key, 'POST', '/groups', { body: { name: 'x' } }),
    'a write from a foreign page': () => call(undefined, 'POST', '/documents', { ...browser, body: { title: 'x' }, headers: { origin: 'https://evil.example' } }),
  }
  const idle = (await statements(async () => {})).filter(identifies).length
  for (const [what, request] of Object.entries(requests)) {
    const found = (await statements(request)).filter(identifies)
    assert.equal(found.length - idle, 1, `${what}: ${found.join('\n')}`)
    for (const statement of found) assert.match(statement, /membership/, 'the member comes with the session or the key')
  }
})

test('[AUTH-15] a request costs a key one of its requests, whatever it does', async () => {
  const scopes = ['documents:read', 'documents:write']
  const after = async (count, request) => {
    const key = await newKey(ben, scopes, { per_minute: count })
    const statuses = []
    for (let n = 0; n < count; n++) statuses.push((await request(key)).status)
    return { key, statuses }
  }
  const made = await after(4, (key) => call(key, 'POST', '/documents', { body: { title: 'x' }, headers: { 'idempotency-key': randomUUID() } }))
  assert.deepEqual(made.statuses, [201, 201, 201, 201], 'with an Idempotency-Key')
  assert.equal((await call(made.key, 'GET', `/documents/${id}`)).status, 429, 'and no more')
  const refused = await after(4, (key) => call(key, 'DELETE', `/documents/${id}`))
  assert.deepEqual(refused.statuses, [403, 403, 403, 403], 'what is refused and audited')
  let n = 0
  const text = (key) => call(key, 'PUT', `/documents/${id}/content`, { body: `# ${n++}`, headers: { 'content-type': 'text/markdown', 'if-match': tag } })
  let tag
  const write = async (key) => {
    tag = (await ana.expect(200, 'GET', `/documents/${id}/content`)).etag
    return text(key)
  }
  assert.deepEqual((await after(4, write)).statuses, [204, 204, 204, 204], 'writes of text')
})

test('[REST-8] an Idempotency-Key does not keep an answer that says to come back later', async () => {
  const key = await newKey(ben, ['documents:read', 'documents:write'], { per_minute: 60 })
  let last
  await until(async () => {
    last = { 'idempotency-key': randomUUID() }
    return (await call(key, 'POST', '/documents', { body: { title: 'Often' }, headers: last })).status === 429
  }, 'the key is over its rate', WITHIN)
  await until(async () => (await call(key, 'POST', '/documents', { body: { title: 'Often' }, headers: last })).status === 201, 'the same request is let in later', WITHIN)

  // Words that a client has and the server does not, yet.
  const open = ben.open(id)
  await until(() => open.provider.isSynced, 'Ben is in', WITHIN)
  const away = new Y.Doc()
  Y.applyUpdate(away, Y.encodeStateAsUpdate(open.provider.document))
  const line = new Y.XmlText('Soon to come')
  const paragraph = new Y.XmlElement('paragraph')
  paragraph.insert(0, [line])
  away.getXmlFragment('default').insert(0, [paragraph])
  const position = (index, assoc) => Y.relativePositionToJSON(Y.createRelativePositionFromTypeIndex(line, index, assoc))
  const thread = { body: 'When?', passage: { start: position(0, 0), end: position(4, -1), quote: 'Soon' } }
  const once = { 'idempotency-key': randomUUID() }
  const early = await ben.expect(409, 'POST', `/documents/${id}/threads`, thread, once)
  assert.equal(early.body.code, 'anchor-not-saved')
  Y.applyUpdate(open.provider.document, Y.encodeStateAsUpdate(away, Y.encodeStateVector(open.provider.document)))
  await until(() => open.provider.unsyncedChanges === 0, 'saved', WITHIN)
  const answer = await ben.call('POST', `/documents/${id}/threads`, thread, once)
  assert.equal(answer.status, 201, JSON.stringify(answer.body))
  assert.equal(answer.headers.get('idempotent-replayed'), null)
  open.end()

  // What stays as it is, is kept.
  const never = { 'idempotency-key': randomUUID() }
  for (const replayed of [null, 'true']) {
    assert.equal((await ben.expect(422, 'POST', '/documents', { title: '' }, never)).headers.get('idempotent-replayed'), replayed)
  }
})

test('[AUTH-20] a stranger is refused before the body is read', async () => {
  const refusal = (method, path, headers = {}) =>
    new Promise((resolve, reject) => {
      const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
      const lines = { host: server.address, 'content-length': 12 << 20, 'content-type': 'application/json', ...headers }
      let answer = ''
      const timer = setTimeout(() => reject(new Error(`${method} ${path} waits for the body`)), WITHIN)
      socket.on('data', (data) => {
        answer += data
        clearTimeout(timer)
        socket.destroy()
        resolve(Number(/^HTTP\/1\.1 (\d+)/.exec(answer)[1]))
      })
      socket.on('error', reject)
      socket.write(`${method} /api/v1${path} HTTP/1.1\r\n${Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n{`)
    })
  const key = await newKey(ben, ['documents:read'])
  const cases = [
    ['PUT', `/documents/${id}/state`, {}, 401],
    ['PUT', `/documents/${id}/content`, {}, 401],
    ['PUT', '/me/avatar', {}, 401],
    ['POST', '/documents', { 'idempotency-key': 'once' }, 401],
    ['PUT', `/documents/${id}/state`, { authorization: `Bearer ck_${'0'.repeat(64)}` }, 401],
    ['PUT', `/documents/${id}/state`, { authorization: `Bearer ${key}` }, 403],
    ['PUT', `/documents/${id}/content`, { cookie: ben.cookie, origin: 'https://evil.example' }, 403],
  ]
  const answers = await Promise.all(cases.map(([method, path, headers]) => refusal(method, path, headers).catch((error) => error.message)))
  assert.deepEqual(answers, cases.map(([, , , status]) => status))
})
