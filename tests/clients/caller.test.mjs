// The caller of a request is resolved once, before the body is read. Also the rate of a key, and the read-only switch.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import * as Y from 'yjs'
import { Person, join, owner } from './people.mjs'
import { Server, program, until } from './server.mjs'

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
const flag = (setting) => promisify(execFile)(program, ['flag', 'read-only', setting, '--data', server.data])

/** The SQL statements of one request. Another request follows it, so that the log is complete. */
const statements = async (request) => {
  const from = server.log.length
  await request()
  await ana.expect(200, 'GET', '/workflows')
  const lines = () => server.log.slice(from).split('\n').filter((line) => line.endsWith('}') && line.includes('"db.statement"'))
  const ran = () => lines().map((line) => JSON.parse(line).fields).map((fields) => (fields['db.statement'] || fields.summary).replace(/\s+/g, ' ').trim())
  await until(() => ran().some((statement) => statement.includes('from workflow')), 'the log is written', WITHIN)
  return ran()
}
const identifies = (statement) => /^select/i.test(statement) && /\b(from|join) (session|api_key|guest)\b/i.test(statement)

test('[AUTH-19] one SQL statement resolves the caller of a request, for every kind of answer', async () => {
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

test('[AUTH-15] every request counts once towards the rate of its key', async () => {
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

test('[REST-8] a temporary error is not stored under an Idempotency-Key', async () => {
  const key = await newKey(ben, ['documents:read', 'documents:write'], { per_minute: 60 })
  let last
  await until(async () => {
    last = { 'idempotency-key': randomUUID() }
    return (await call(key, 'POST', '/documents', { body: { title: 'Often' }, headers: last })).status === 429
  }, 'the key is over its rate', WITHIN)
  await until(async () => (await call(key, 'POST', '/documents', { body: { title: 'Often' }, headers: last })).status === 201, 'the same request is let in later', WITHIN)

  // Text that a client has and the server does not have yet.
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

  // A permanent refusal is stored.
  const never = { 'idempotency-key': randomUUID() }
  for (const replayed of [null, 'true']) {
    assert.equal((await ben.expect(422, 'POST', '/documents', { title: '' }, never)).headers.get('idempotent-replayed'), replayed)
  }
})

test('[AUTH-20] an unknown caller is refused before the body is read', async () => {
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

test('[SAVE-23] while the server is read-only, nothing can be written, but rights can be revoked', async () => {
  const carl = await join(ana, 'analyst', 'Carl')
  const other = (await ana.expect(201, 'POST', '/documents', { title: 'Other' })).body.id
  const trashed = (await ana.expect(201, 'POST', '/documents', { title: 'Old' })).body.id
  await ana.expect(200, 'DELETE', `/documents/${trashed}`)
  const share = `/documents/${other}/shares/${carl.id}`
  await ana.expect(204, 'PUT', share, { level: 'edit' })
  const link = (await ana.expect(201, 'POST', `/documents/${other}/links`, { level: 'view' })).body
  const key = (await carl.expect(201, 'POST', '/keys', { name: 'x', scopes: ['documents:read'] })).body.key_id
  const group = (await ana.expect(201, 'POST', '/groups', { name: 'Team' })).body.group_id
  await ana.expect(204, 'PUT', `/groups/${group}/members/${carl.id}`)
  const { etag } = await ana.expect(200, 'GET', `/documents/${id}`)
  const invitation = (await ana.expect(200, 'POST', '/invites', { role: 'viewer' })).body.url.split('/').at(-1)
  await flag('on')
  await until(async () => (await ana.call('POST', '/documents', { title: 'x' })).status === 503, 'the switch is known', WITHIN)
  const writes = [
    ['PATCH', `/documents/${id}`, { title: 'New' }, { 'if-match': etag }],
    ['DELETE', `/documents/${id}`],
    ['POST', `/documents/${trashed}/restore`],
    ['POST', `/documents/${trashed}/purge`],
    ['PUT', share, { level: 'view' }],
    ['PUT', `/documents/${other}/group-shares/${group}`, { level: 'view' }],
    ['POST', `/documents/${other}/links`, { level: 'view' }],
    ['POST', `/documents/${id}/threads`, { body: 'Hm' }],
    ['POST', `/documents/${id}/revisions`, { name: 'Now' }],
    ['PUT', `/documents/${id}/content`, '# x', { 'content-type': 'text/markdown', 'if-match': '"0"' }],
    ['POST', '/invites', { role: 'viewer' }],
    ['POST', `/invites/${invitation}/accept`, { name: 'Dora', email: 'dora@example.org', password: 'long enough to guess' }],
    ['PATCH', '/me', { name: 'Anna' }],
    ['POST', '/workspaces', { name: 'Second' }],
    ['POST', '/keys', { name: 'x', scopes: ['documents:read'] }],
    ['PATCH', `/members/${carl.id}`, { role: 'manager' }],
    ['PATCH', `/members/${carl.id}`, { role: 'viewer', disabled: true }],
    ['POST', `/members/${carl.id}/erase`],
    ['POST', '/groups', { name: 'x' }],
    ['PUT', `/groups/${group}/members/${ben.id}`],
    ['POST', '/webhooks', { url: 'https://example.org/', events: ['*'] }],
    ['POST', '/workflows', { name: 'x', steps: [] }],
  ]
  for (const [method, path, body, headers] of writes) {
    const answer = await ana.call(method, path, body, headers)
    assert.deepEqual([answer.status, answer.body.code, answer.body.detail], [503, 'unavailable', 'The operator has switched this server to read-only.'], `${method} ${path}`)
  }
  const stranger = await new Person(server).call('POST', '/documents', { title: 'x' })
  assert.equal(stranger.status, 401, 'unknown callers do not learn about the switch')
  await ana.expect(200, 'GET', `/documents/${id}`)
  await ana.expect(200, 'GET', '/audit/export')
  await ana.expect(200, 'POST', '/auth/refresh')
  const again = new Person(server)
  await again.expect(200, 'POST', '/auth/sign-in', { email: 'Carl@example.org', password: 'long enough to guess' })
  const enrolment = await again.call('POST', '/me/totp', { password: 'long enough to guess' })
  assert.equal(enrolment.status, 200, JSON.stringify(enrolment.body))
  await again.expect(204, 'DELETE', '/me/sessions')
  await again.expect(204, 'POST', '/auth/sign-out')
  const guest = new Person(server)
  await guest.expect(200, 'POST', '/links/enter', { token: link.url.split('#')[1], name: 'Gus' })
  await ana.expect(204, 'DELETE', `/documents/${other}/links/${link.link_id}`)
  await ana.expect(204, 'DELETE', share)
  await ana.expect(204, 'DELETE', `/groups/${group}/members/${carl.id}`)
  await ana.expect(204, 'DELETE', `/keys/${key}`)
  await ana.expect(204, 'PATCH', `/members/${carl.id}`, { disabled: true })
  await ana.expect(204, 'DELETE', `/members/${carl.id}`)
  await flag('off')
  await until(async () => (await ana.call('POST', '/documents', { title: 'x' })).status === 201, 'people write again', WITHIN)
})

test('[PERM-20] a document in the trash cannot be changed, shared or linked; its shares and links can be revoked', async () => {
  const dora = await join(ana, 'analyst', 'Dora')
  const made = await ana.expect(201, 'POST', '/documents', { title: 'Old' })
  const old = made.body.id
  const group = (await ana.expect(201, 'POST', '/groups', { name: 'Others' })).body.group_id
  await ana.expect(204, 'PUT', `/documents/${old}/shares/${dora.id}`, { level: 'edit' })
  await ana.expect(204, 'PUT', `/documents/${old}/group-shares/${group}`, { level: 'edit' })
  const link = (await ana.expect(201, 'POST', `/documents/${old}/links`, { level: 'view' })).body.link_id
  const { etag } = await ana.expect(200, 'DELETE', `/documents/${old}`)
  for (const [method, path, body, headers] of [
    ['PATCH', '', { title: 'New' }, { 'if-match': etag }],
    ['PATCH', '', { open_level: 'edit' }, { 'if-match': etag }],
    ['PUT', `/shares/${ben.id}`, { level: 'edit' }],
    ['PUT', `/group-shares/${group}`, { level: 'view' }],
    ['POST', '/links', { level: 'view' }],
  ]) {
    const answer = await ana.call(method, `/documents/${old}${path}`, body, headers)
    assert.deepEqual([answer.status, answer.body.code], [410, 'gone'], `${method} ${path}`)
  }
  assert.equal((await ben.call('PUT', `/documents/${old}/shares/${ben.id}`, { level: 'edit' })).status, 404, 'it does not exist for others')
  await ana.expect(204, 'DELETE', `/documents/${old}/links/${link}`)
  await ana.expect(204, 'DELETE', `/documents/${old}/shares/${dora.id}`)
  await ana.expect(204, 'DELETE', `/documents/${old}/group-shares/${group}`)
  const back = await ana.expect(200, 'POST', `/documents/${old}/restore`)
  await ana.expect(200, 'PATCH', `/documents/${old}`, { title: 'New' }, { 'if-match': back.etag })
})

test('[PERM-21] a refused change of a member changes nothing', async () => {
  const eve = await join(ana, 'analyst', 'Eve')
  const first = (await ana.expect(200, 'GET', '/workspaces')).body[0]
  const second = (await ana.expect(201, 'POST', '/workspaces', { name: 'Second' })).body
  await ana.expect(204, 'PUT', '/me/workspace', { workspace_id: second.workspace_id })
  const invitation = (await ana.expect(200, 'POST', '/invites', { role: 'viewer' })).body.url.split('/').at(-1)
  await eve.expect(204, 'POST', `/invites/${invitation}/join`)
  await ana.expect(204, 'PUT', '/me/workspace', { workspace_id: first.workspace_id })
  const refused = await ana.call('PATCH', `/members/${eve.id}`, { role: 'viewer', disabled: true })
  assert.equal(refused.status, 403, 'an account that is in two workspaces')
  const role = (await ana.expect(200, 'GET', '/members')).body.find(({ account_id }) => account_id === eve.id).role
  assert.equal(role, 'analyst')
})

test('[PERM-22] a removed member loses the sessions of that workspace, and no others', async () => {
  const finn = await join(ana, 'analyst', 'Finn')
  const first = (await ana.expect(200, 'GET', '/workspaces')).body[0].workspace_id
  const second = (await ana.expect(201, 'POST', '/workspaces', { name: 'Elsewhere' })).body.workspace_id
  await ana.expect(204, 'PUT', '/me/workspace', { workspace_id: second })
  const there = (await ana.expect(201, 'POST', '/documents', { title: 'There', open_level: 'edit' })).body.id
  const invitation = (await ana.expect(200, 'POST', '/invites', { role: 'analyst' })).body.url.split('/').at(-1)
  await ana.expect(204, 'PUT', '/me/workspace', { workspace_id: first })
  const elsewhere = new Person(finn.server)
  await elsewhere.expect(200, 'POST', '/auth/sign-in', { email: 'finn@example.org', password: 'long enough to guess' })
  await elsewhere.expect(204, 'POST', `/invites/${invitation}/join`)
  const open = elsewhere.open(there)
  await until(() => open.heard.scopes.at(-1) === 'read-write', 'the document of the other workspace is open')

  await ana.expect(204, 'DELETE', `/members/${finn.id}`)
  await finn.expect(401, 'GET', '/me')
  assert.equal((await elsewhere.expect(200, 'GET', '/me')).body.workspace_id, second)
  open.text.insert(0, 'still here')
  await until(() => !open.provider.hasUnsyncedChanges, 'the edit is acknowledged')
  assert.deepEqual(open.heard.denied, [])
  open.end()

  // A session that ended does not continue when the person joins again.
  const again = (await ana.expect(200, 'POST', '/invites', { role: 'viewer' })).body.url.split('/').at(-1)
  await elsewhere.expect(204, 'POST', `/invites/${again}/join`)
  await finn.expect(401, 'GET', '/me')
})

test('[PERM-23] an erased account cannot be enabled', async () => {
  const gus = await join(ana, 'analyst', 'Gus')
  await ana.expect(204, 'POST', `/members/${gus.id}/erase`)
  for (const change of [{ disabled: false }, { disabled: true }, { role: 'viewer', disabled: false }]) {
    const refused = await ana.call('PATCH', `/members/${gus.id}`, change)
    assert.deepEqual([refused.status, refused.body.code], [410, 'gone'])
  }
})

test('[PERM-24] a link into another workspace of the caller can be resolved, and no document of others', async () => {
  const [{ workspace_id: first }] = (await ana.expect(200, 'GET', '/workspaces')).body
  const second = (await ana.expect(201, 'POST', '/workspaces', { name: 'Third' })).body.workspace_id
  await ana.expect(204, 'PUT', '/me/workspace', { workspace_id: second })
  const there = (await ana.expect(201, 'POST', '/documents', { title: 'There' })).body.id
  const opened = (await ana.expect(201, 'POST', '/documents', { title: 'Opened', open_level: 'view' })).body.id
  const invitation = (await ana.expect(200, 'POST', '/invites', { role: 'viewer' })).body.url.split('/').at(-1)
  await ana.expect(204, 'PUT', '/me/workspace', { workspace_id: first })
  const hanna = await join(ana, 'analyst', 'Hanna')
  const holding = async (person, document) => (await person.expect(200, 'GET', `/workspaces?document=${document}`)).body.map(({ name }) => name)
  await ana.expect(404, 'GET', `/documents/${there}`)
  assert.deepEqual(await holding(ana, there), ['Third'])
  assert.deepEqual(await holding(hanna, opened), [], 'not a member there')
  await hanna.expect(204, 'POST', `/invites/${invitation}/join`)
  await hanna.expect(204, 'PUT', '/me/workspace', { workspace_id: first })
  assert.deepEqual(await holding(hanna, opened), ['Third'])
  assert.deepEqual(await holding(hanna, there), [], 'a private document of somebody else')
  assert.deepEqual(await holding(hanna, randomUUID()), [])
})
