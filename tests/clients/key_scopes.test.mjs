// What the scopes of an API key allow: the routes, and nothing that other scopes are for.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { NEEDS, listed } from './needs.mjs'
import { join, owner } from './people.mjs'
import { Server } from './server.mjs'

const SCOPES = ['documents:read', 'documents:write', 'sharing:read', 'sharing:write', 'people:read', 'people:write', 'audit:read']
const NOBODY = '0198c0de-0000-7000-8000-000000000000'
const SECRET = 'Quartz vows'
let server, ana, ben

before(async () => {
  server = await Server.start({ args: [], env: { CONSILIUM_REQUESTS_PER_MINUTE_OF_ADDRESS: '1000000' } })
  ana = await owner(server)
  ben = await join(ana, 'analyst', 'Ben')
})
after(() => server.stop())

const newKey = async (scopes) => (await ana.expect(201, 'POST', '/keys', { name: 'script', scopes, per_minute: 60_000 })).body.key
const call = async (key, method, path, body, headers = {}) => {
  const text = typeof body === 'string' ? body : body && JSON.stringify(body)
  const response = await fetch(`${server.url}/api/v1${path}`, { method, body: text, headers: { authorization: `Bearer ${key}`, ...(body && { 'content-type': 'application/json' }), ...headers } })
  const answer = await response.text()
  return { status: response.status, text: answer, code: /"code":"([^"]+)"/.exec(answer)?.[1], location: response.headers.get('location'), etag: response.headers.get('etag') }
}

test('[AUTH-15] every scope alone and every pair of scopes opens its routes and no others (B3)', async () => {
  const pairs = SCOPES.flatMap((one, n) => SCOPES.slice(n).map((other) => [...new Set([one, other])]))
  const wrong = []
  let calls = 0
  for (const scopes of pairs) {
    const key = await newKey(scopes)
    const asks = Object.entries(NEEDS).filter(([need]) => need !== 'public').flatMap(([need, routes]) => listed(routes).map((route) => ({ need, route })))
    await Promise.all(asks.map(async ({ need, route }) => {
      const [method, path] = route.split(' ')
      const answer = await call(key, method, path.replaceAll(/\{\w+\}/g, NOBODY), method === 'GET' ? undefined : { unknown_field: 1 })
      const expected = need === 'people' ? 'not-for-keys' : scopes.includes(need) ? undefined : 'missing-scope'
      const got = ['not-for-keys', 'missing-scope'].includes(answer.code) ? answer.code : undefined
      // Joining by an invitation needs a session in addition to the scope.
      if (route === 'POST /invites/{token}/join' && expected === undefined) return assert.equal(got, 'not-for-keys')
      calls++
      if (got !== expected || answer.status >= 500) wrong.push(`${route} with ${scopes}: ${answer.status} ${answer.code}`)
    }))
  }
  console.log(`${calls} calls`)
  assert.deepEqual(wrong, [])
})

test('[AUTH-22] no key gives the admin role, or changes or removes an admin (B3)', async () => {
  const key = await newKey(['people:read', 'people:write'])
  const cleo = await join(ana, 'admin', 'Cleo')
  const roleOf = async (person) => (await ana.expect(200, 'GET', '/members')).body.find(({ account_id }) => account_id === person.id)?.role
  for (const [method, path, body] of [
    ['PATCH', `/members/${ben.id}`, { role: 'admin' }],
    ['POST', '/invites', { role: 'admin' }],
    ['PATCH', `/members/${cleo.id}`, { role: 'viewer' }],
    ['PATCH', `/members/${cleo.id}`, { disabled: true }],
    ['DELETE', `/members/${cleo.id}`],
  ]) {
    const answer = await call(key, method, path, body)
    assert.deepEqual([answer.status, answer.code], [403, 'not-for-keys'], `${method} ${path} ${JSON.stringify(body)}`)
  }
  assert.deepEqual([await roleOf(ben), await roleOf(cleo)], ['analyst', 'admin'])
  assert.equal((await call(key, 'PATCH', `/members/${ben.id}`, { role: 'manager' })).status, 204, 'other roles can be given')
  assert.equal((await call(key, 'POST', '/invites', { role: 'manager' })).status, 200)
  await ana.expect(204, 'PATCH', `/members/${cleo.id}`, { role: 'viewer' })
})

test('[AUTH-23] a key without documents:read learns nothing about a document from answers to its writes (B3)', async () => {
  const { id } = (await ana.expect(201, 'POST', '/documents', { title: `${SECRET} title` })).body
  const { etag } = await ana.expect(200, 'GET', `/documents/${id}/content`)
  await ana.expect(204, 'PUT', `/documents/${id}/content`, `${SECRET} text\n`, { 'content-type': 'text/markdown', 'if-match': etag })
  const thread = async (more = {}) => (await ana.expect(201, 'POST', `/documents/${id}/threads`, { body: `${SECRET} comment`, passage: { from: 0, to: 11 }, ...more })).body.thread_id
  const [remark, good, bad] = [await thread(), await thread({ replacement: `${SECRET}!` }), await thread({ replacement: 'No' })]
  const revision = (await ana.expect(201, 'POST', `/documents/${id}/revisions`, { name: `${SECRET} name` })).body.revision_id
  const key = await newKey(['documents:write'])
  const writes = [
    ['POST', `/threads/${remark}/resolve`, { outcome: 'done' }],
    ['POST', `/threads/${remark}/reopen`, {}],
    ['POST', `/threads/${bad}/reject`, {}],
    ['POST', '/threads', { body: 'Mine', passage: { from: 0, to: 11 } }, 'threads'],
    ['POST', `/threads/${remark}/comments`, { body: 'Mine' }, 'comments'],
    ['POST', '/revisions', { name: 'Mine' }, 'revisions'],
    ['POST', '/approvals', { steps: [{ name: 'Lead', people: [{ kind: 'account', id: ana.id }] }] }, 'approvals'],
    ['PATCH', '', { category: 'x' }],
    ['DELETE', ''],
    ['POST', '/restore', {}],
  ]
  for (const [method, path, body, created] of writes) {
    const answer = await call(key, method, `/documents/${id}${path}`, body, method === 'PATCH' ? { 'if-match': (await ana.expect(200, 'GET', `/documents/${id}`)).etag } : {})
    assert.ok(!answer.text.includes(SECRET) && !answer.text.includes(SECRET.slice(0, 6)), `${method} ${path}: ${answer.text}`)
    assert.deepEqual([answer.status, answer.text], [204, ''], `${method} ${path}: ${answer.text}`)
    if (created) assert.match(answer.location, new RegExp(`^/api/v1/documents/${id}/${created}/[0-9a-f-]{36}$`), path)
  }
  // These merge with the text, which such a key may not open.
  for (const path of [`/threads/${good}/accept`, `/revisions/${revision}/restore`]) assert.equal((await call(key, 'POST', `/documents/${id}${path}`, {})).status, 403, path)
  const made = await call(key, 'POST', '/documents', { title: 'Mine' })
  assert.match(made.location ?? '', /^\/api\/v1\/documents\/[0-9a-f-]{36}$/)
  assert.ok(made.etag)
  const both = await newKey(['documents:read', 'documents:write'])
  assert.ok((await call(both, 'POST', `/documents/${id}/threads/${remark}/resolve`, { outcome: 'done' })).text.includes(SECRET), 'with both scopes')
})

test('[AUTH-24] opening a document to the workspace, or changing its sensitivity, is sharing (B3)', async () => {
  const { id } = (await ana.expect(201, 'POST', '/documents', { title: 'Plan' })).body
  const version = (await ana.expect(200, 'GET', `/documents/${id}`)).etag
  const writer = await newKey(['documents:read', 'documents:write'])
  for (const body of [{ open_level: 'admin' }, { open_level: null }, { sensitivity: 'public' }]) {
    const answer = await call(writer, 'PATCH', `/documents/${id}`, body, { 'if-match': version })
    assert.deepEqual([answer.status, answer.code], [403, 'missing-scope'], JSON.stringify(body))
  }
  const sharer = await newKey(['documents:read', 'documents:write', 'sharing:write'])
  assert.equal((await call(sharer, 'PATCH', `/documents/${id}`, { open_level: 'view' }, { 'if-match': version })).status, 200)
})
