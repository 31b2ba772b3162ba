// Common properties of all routes: description, errors, idempotency; and lists, trash and purge.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join as path } from 'node:path'
import { after, before, test } from 'node:test'
import { Person, join, owner } from './people.mjs'
import { Server, until } from './server.mjs'

let server, ana

before(async () => {
  server = await Server.start({ args: [] })
  ana = await owner(server)
})
after(() => server.stop())

const make = async (fields) => (await ana.expect(201, 'POST', '/documents', fields)).body

test('[REST-1] every route documents its purpose and its errors, and the API explorer loads from this server', async () => {
  const { paths, components } = await (await fetch(`${server.url}/api/v1/openapi.json`)).json()
  assert.ok(components.schemas.Problem)
  for (const [route, operations] of Object.entries(paths)) {
    for (const [method, { summary, responses }] of Object.entries(operations)) {
      assert.ok(summary, `${method} ${route} says what it does`)
      assert.ok(responses[401] && responses[429] && !responses.default, `${method} ${route} names its problems`)
    }
  }
  const explorer = await (await fetch(`${server.url}/docs/`)).text()
  assert.match(explorer, /swagger-ui-bundle\.js/)
  assert.doesNotMatch(explorer, /https?:\/\//)
  assert.equal((await fetch(`${server.url}/docs/swagger-ui-bundle.js`)).status, 200)
})

test('[REST-2] bad input in any part of a request gets an error code', async () => {
  const { id } = await make({ title: 'Input' })
  const cases = [
    ['GET', '/documents?limit=many', undefined, 400, 'invalid-query'],
    ['GET', '/documents?colour=red', undefined, 400, 'invalid-query'],
    ['GET', '/documents?cursor=nonsense', undefined, 422, 'invalid'],
    ['GET', '/documents/not-an-id', undefined, 404, 'not-found'],
    ['GET', `/documents/${id}/content?format=pdf`, undefined, 400, 'invalid-query'],
    ['POST', '/documents', { title: '' }, 422, 'invalid'],
    ['POST', '/documents', { title: 7 }, 400, 'invalid-body'],
    ['POST', '/documents', { description: 'x'.repeat(3_000_000) }, 413, 'body-too-large'],
    ['PUT', `/documents/${id}/state`, 'not an update', 422, 'malformed'],
    ['GET', '/nowhere', undefined, 404, 'not-found'],
  ]
  for (const [method, route, body, status, code] of cases) {
    const answer = await ana.expect(status, method, route, body)
    assert.equal(answer.body.code, code, `${method} ${route}: ${JSON.stringify(answer.body)}`)
    assert.equal(answer.headers.get('content-type'), 'application/problem+json')
  }
})

test('[REST-3] lists are filtered and sorted, and pages neither repeat nor miss a row', async () => {
  const titles = ['beta', 'Alpha', 'delta', 'Gamma', 'alpha', '100% sure', '100 not']
  for (const [n, title] of titles.entries()) {
    await make({ title: `zz ${title}`, category: n % 2 ? 'odd' : 'even', tags: [`t${n}`, 'a "quoted" tag', 'all'], kind: 'case_study' })
  }
  const list = async (query) => {
    const found = []
    for (let cursor = ''; ; ) {
      const { body } = await ana.expect(200, 'GET', `/documents?q=zz&limit=2&${query}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`)
      assert.ok(body.items.length <= 2)
      found.push(...body.items.map(({ title }) => title.slice(3)))
      if (!(cursor = body.next ?? '')) return found
    }
  }
  assert.deepEqual(await list('sort=created_at'), titles)
  assert.deepEqual(await list('sort=-created_at'), titles.toReversed())
  assert.deepEqual(await list('sort=updated_at'), titles)
  const sorted = await list('sort=title')
  assert.deepEqual(sorted.map((title) => title.toLowerCase()), titles.map((title) => title.toLowerCase()).sort())
  assert.deepEqual((await list('sort=-title')).map((title) => title.toLowerCase()), sorted.map((title) => title.toLowerCase()).reverse())
  assert.deepEqual(await list('category=odd&sort=created_at'), ['Alpha', 'Gamma', '100% sure'])
  assert.deepEqual(await list('tag=t3'), ['Gamma'])
  assert.equal((await list('tag=a%20%22quoted%22%20tag')).length, 7)
  assert.deepEqual(await list('tag=t'), [], 'a part of a tag is no tag')
  assert.deepEqual(await list('status=archived'), [])
  const percent = await ana.expect(200, 'GET', '/documents?q=100%25')
  assert.deepEqual(percent.body.items.map(({ title }) => title), ['zz 100% sure'], 'a percent sign is a percent sign')
  const { body } = await ana.expect(200, 'GET', '/documents?q=zz&limit=1&sort=title')
  await ana.expect(422, 'GET', `/documents?sort=created_at&cursor=${encodeURIComponent(body.next)}`)
})

test('[REST-4] a POST repeated with its Idempotency-Key is carried out once', async () => {
  const key = { 'idempotency-key': randomUUID() }
  const first = await ana.expect(201, 'POST', '/documents', { title: 'Once' }, key)
  const again = await ana.expect(201, 'POST', '/documents', { title: 'Once' }, key)
  assert.equal(again.body.id, first.body.id)
  assert.deepEqual([again.etag, again.headers.get('idempotent-replayed')], [first.etag, 'true'])
  assert.equal((await ana.expect(200, 'GET', '/documents?q=once')).body.items.length, 1)
  assert.equal((await ana.expect(422, 'POST', '/documents', { title: 'Twice' }, key)).body.code, 'idempotency-key-reused')
  await ana.expect(403, 'POST', '/documents', { title: 'Once' }, { ...key, origin: 'https://evil.example' })
  // Of many concurrent requests one is carried out; the others get the same answer or 409.
  const many = { 'idempotency-key': randomUUID() }
  const answers = await Promise.all(Array.from({ length: 10 }, () => ana.call('POST', '/documents', { title: 'Crowd' }, many)))
  for (const { status, body } of answers) assert.ok(status === 201 || body.code === 'idempotency-key-pending', String(status))
  assert.equal((await ana.expect(200, 'GET', '/documents?q=crowd')).body.items.length, 1)
  // Another caller's key is a different key; a refusal is repeated.
  const kim = await join(ana, 'viewer', 'Kim')
  await kim.expect(403, 'POST', '/documents', { title: 'Once' }, key)
  await kim.expect(403, 'POST', '/documents', { title: 'Once' }, key)
  await ana.expect(422, 'POST', '/documents', { title: 'x' }, { 'idempotency-key': 'x'.repeat(300) })
})

test('[SAVE-11] a purge is final: for sockets, for REST, on the disk, and after a crash during it', async () => {
  const secret = 'nobody may find these words again'
  const write = async (id) => {
    const { etag } = await ana.expect(200, 'GET', `/documents/${id}/content`)
    await ana.expect(204, 'PUT', `/documents/${id}/content`, secret, { 'content-type': 'text/markdown', 'if-match': etag })
  }
  const { id } = await make({ title: 'To be purged', tags: ['private'] })
  await write(id)
  assert.equal((await ana.expect(409, 'POST', `/documents/${id}/purge`)).body.code, 'conflict')
  const kim = await join(ana, 'manager', 'Mia')
  await ana.expect(204, 'PUT', `/documents/${id}/shares/${kim.id}`, { level: 'edit' })
  await ana.expect(200, 'DELETE', `/documents/${id}`)
  await kim.expect(403, 'POST', `/documents/${id}/purge`)
  await ana.expect(204, 'POST', `/documents/${id}/purge`)
  for (const route of ['', '/content', '/state', '/shares']) await ana.expect(404, 'GET', `/documents/${id}${route}`)
  await ana.expect(404, 'POST', `/documents/${id}/restore`)
  assert.equal((await ana.expect(200, 'GET', '/documents?trashed=true&q=purged')).body.items.length, 0)
  const late = ana.open(id)
  await until(() => late.heard.denied.includes('not-found'), 'no socket opens it')
  late.end()
  const onDisk = (name) => readFileSync(path(server.data, name)).includes(secret)
  assert.ok(!onDisk('journal.db') && !onDisk('journal.db-wal'), 'the words are not on the disk')

  // After a crash between marking the row and the purge, the next start finishes it.
  const { id: other } = await make({ title: 'Half purged' })
  await write(other)
  await ana.expect(200, 'DELETE', `/documents/${other}`)
  await server.kill()
  const mark = "import sqlite3,sys,uuid; db=sqlite3.connect(sys.argv[1]); n=db.execute('update document set purging_at=created_at where document_id=?',(uuid.UUID(sys.argv[2]).bytes,)).rowcount; db.commit(); print(n)"
  assert.equal(execFileSync('python3', ['-c', mark, path(server.data, 'consilium.db'), other]).toString().trim(), '1')
  await server.restart()
  assert.ok(!onDisk('journal.db') && !onDisk('journal.db-wal'), 'the words are not on the disk')
  await ana.expect(404, 'GET', `/documents/${other}/content`)
  await new Person(server).expect(401, 'GET', '/documents')
})
