// The audit: entries with actor and origin, detection of manipulation, and personal data.
import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join as path } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { Person, join, owner } from './people.mjs'
import { Server, program, until } from './server.mjs'

const PASSWORD = 'long enough to guess'
let server, ana, ben, id

before(async () => {
  server = await Server.start({ args: [] })
  ana = await owner(server)
  ben = await join(ana, 'analyst', 'Ben')
  id = (await ana.expect(201, 'POST', '/documents', { title: 'Plan', sensitivity: 'confidential' })).body.id
})
after(() => server.stop())

const rows = async (query) => (await ana.expect(200, 'GET', `/audit?${query}`)).body.items
const verify = () => promisify(execFile)(program, ['audit', 'verify', '--data', server.data]).then(({ stdout }) => stdout, (error) => `FAILED ${error.stdout}${error.stderr}`)

test('[AUDIT-1] every write is in the audit with actor, action, origin and outcome', async () => {
  const agent = { 'user-agent': 'a test' }
  const share = await ana.expect(204, 'PUT', `/documents/${id}/shares/${ben.id}`, { level: 'edit' }, agent)
  const [given] = await rows('action=share.give')
  assert.deepEqual([given.actor_kind, given.actor_id, given.resource_id, given.outcome], ['member', ana.id, id, 'done'])
  assert.deepEqual(JSON.parse(given.detail), { account: ben.id, level: 'edit', expires_at: null })
  assert.deepEqual(JSON.parse(given.personal), { address: '127.0.0.1', agent: 'a test' })
  assert.equal(given.request_id, share.headers.get('x-request-id'))
  await ben.expect(403, 'DELETE', `/documents/${id}`)
  const [refused] = await rows('outcome=forbidden')
  assert.deepEqual([refused.action, refused.actor_id, JSON.parse(refused.detail).method], ['request.refuse', ben.id, 'DELETE'])
  await new Person(server).call('POST', '/auth/sign-in', { email: 'ben@example.org', password: 'wrong' })
  await new Person(server).call('POST', '/auth/sign-in', { email: 'nobody@example.org', password: 'wrong' })
  const failed = await rows('action=session.begin&outcome=wrong-password')
  assert.deepEqual(failed.map((row) => [row.resource_id, JSON.parse(row.personal).email]), [['unknown', 'nobody@example.org'], [ben.id, 'ben@example.org']])
  const { etag } = await ana.expect(200, 'GET', `/documents/${id}`)
  await ana.expect(200, 'PATCH', `/documents/${id}`, { title: 'Secret title', open_level: 'view' }, { 'if-match': etag })
  const [changed] = await rows('action=document.change')
  assert.deepEqual(JSON.parse(changed.detail), { texts: ['title'], open_level: 'view' }, 'the level is kept, the text is not')
  const read = await ben.expect(200, 'GET', `/documents/${id}/content`)
  await ben.expect(204, 'PUT', `/documents/${id}/content`, '# New\n', { 'content-type': 'text/markdown', 'if-match': read.etag })
  assert.equal((await rows(`action=document.write&actor=${ben.id}`)).length, 1)
})

test('[AUDIT-2] readers of a confidential document are recorded, over REST and on sockets', async () => {
  const before = (await rows('reads=true')).length
  await ben.expect(200, 'GET', `/documents/${id}/state`)
  const open = ben.open(id)
  await until(() => open.provider.isSynced, 'Ben reads')
  open.end()
  const reads = await rows('reads=true')
  assert.equal(reads.length, before + 2)
  assert.deepEqual([reads[0].action, reads[0].actor_id, reads[0].sensitivity], ['document.read', ben.id, 'confidential'])
  const plain = (await ana.expect(201, 'POST', '/documents', { title: 'Lunch', open_level: 'view' })).body.id
  await ben.expect(200, 'GET', `/documents/${plain}/content`)
  assert.equal((await rows('reads=true')).length, before + 2)
  await ana.expect(422, 'POST', '/documents', { sensitivity: 'top secret' })
  await ben.expect(403, 'PATCH', `/documents/${id}`, { sensitivity: 'public' }, { 'if-match': '"1"' })
})

test('[AUDIT-1] only admins can list the audit by pages and export it', async () => {
  const all = []
  for (let cursor = ''; cursor !== undefined; ) {
    const { items, next } = (await ana.expect(200, 'GET', `/audit?limit=7${cursor && `&cursor=${cursor}`}`)).body
    all.push(...items.map((row) => row.audit_id))
    cursor = next
  }
  assert.ok(all.length > 14 && new Set(all).size === all.length)
  assert.deepEqual(all, all.toSorted().reverse())
  const csv = (await ana.expect(200, 'GET', '/audit/export?action=share')).body
  assert.match(csv, /^at,actor_kind,[^\r]*\r\n"[^\r]*"share\.give"/)
  const lines = (await ana.expect(200, 'GET', '/audit/export?format=ndjson')).body.trim().split('\n')
  assert.ok(lines.length > all.length && lines.every((line) => JSON.parse(line).audit_id))
  assert.equal((await rows('action=audit.export')).length, 2)
  await ben.expect(403, 'GET', '/audit')
  await ben.expect(403, 'GET', '/audit/export')
})

test('[AUDIT-3] the audit is chained each second; changes in the database are detected', async () => {
  await until(async () => (await rows('limit=500')).every((row) => row.position), 'it is chained')
  const anchors = () => readFileSync(path(server.data, 'audit.anchors'), 'utf8')
  const [newest] = await rows('limit=1')
  await until(() => anchors().includes(` ${newest.position} `), 'and anchored')
  assert.match(await verify(), new RegExp(`${newest.position} rows, 0 with erased`))
  const key = readFileSync(path(server.data, 'audit.key'))
  assert.equal(key.length, 32)
  // Like an attacker with the database but without the key.
  const sql = (text) => execFileSync('python3', ['-c', 'import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit()', path(server.data, 'consilium.db'), text])
  sql("update audit set outcome = 'hidden' where position = 3")
  assert.match(await verify(), /FAILED[^]*row 3 .*was changed/)
  sql("update audit set outcome = 'done' where position = 3")
  assert.doesNotMatch(await verify(), /FAILED/)
  const saved = anchors()
  writeFileSync(path(server.data, 'audit.anchors'), saved.replace(/[0-9a-f]{64}\n$/, `${'0'.repeat(64)}\n`))
  assert.match(await verify(), /FAILED[^]*not the one that was anchored/)
  writeFileSync(path(server.data, 'audit.anchors'), saved)
})

test('[AUDIT-4] [LIST-11] a person exports their data, and is erased; the chain stays valid', async () => {
  const carla = await join(ana, 'analyst', 'Carla')
  const mine = (await carla.expect(201, 'POST', '/documents', { title: 'Mine' })).body.id
  const { etag } = await carla.expect(200, 'GET', `/documents/${mine}/content`)
  await carla.expect(204, 'PUT', `/documents/${mine}/content`, '# By Carla\n', { 'content-type': 'text/markdown', 'if-match': etag })
  await carla.expect(204, 'PUT', `/me/favourites/${mine}`, {})
  await carla.expect(204, 'PUT', `/me/recent/${mine}`)
  await carla.expect(204, 'PUT', '/me/avatar', Buffer.from('89504e470d0a1a0a', 'hex'), { 'content-type': 'image/png' })
  await carla.expect(415, 'PUT', '/me/avatar', Buffer.from('<svg onload="alert(1)"/>'), { 'content-type': 'image/png' })
  const zip = await fetch(`${server.url}/api/v1/me/data`, { headers: { cookie: carla.cookie } })
  writeFileSync(path(server.data, 'copy.zip'), Buffer.from(await zip.arrayBuffer()))
  const unpacked = JSON.parse(execFileSync('python3', ['-c', 'import zipfile,sys,json; z=zipfile.ZipFile(sys.argv[1]); print(json.dumps({n: z.read(n).decode("latin1") for n in z.namelist()}))', path(server.data, 'copy.zip')]))
  assert.deepEqual(Object.keys(unpacked).toSorted(), [`documents/${mine}.md`, 'person.json', 'picture.png'])
  assert.match(unpacked[`documents/${mine}.md`], /By Carla/)
  const person = JSON.parse(unpacked['person.json'])
  assert.equal(person.account.email, 'carla@example.org')
  assert.deepEqual([person.favourites, person.recent].map((rows) => rows.map(({ document_id }) => document_id)), [[mine], [mine]])
  assert.ok(person.audit.length >= 3 && !JSON.stringify(person).includes('password_hash'))

  await ben.expect(403, 'POST', `/members/${carla.id}/erase`)
  await ana.expect(409, 'POST', `/members/${ana.id}/erase`)
  await ana.expect(204, 'POST', `/members/${carla.id}/erase`)
  await carla.expect(401, 'GET', '/me')
  const all = (await ana.expect(200, 'GET', '/audit/export?format=ndjson')).body
  assert.ok(!/carla/i.test(all), 'no row says who it was')
  assert.ok(all.includes(carla.id), 'and every row says that it was the same')
  await until(async () => /[1-9]\d* with erased/.test(await verify()), 'the chain holds')
  assert.doesNotMatch(await verify(), /FAILED/)
  const database = readFileSync(path(server.data, 'consilium.db'), 'latin1') + readFileSync(path(server.data, 'consilium.db-wal'), 'latin1')
  assert.ok(database.length > 0)
  await ana.expect(409, 'DELETE', '/me', { password: 'correct horse' })
  const dora = await join(ana, 'analyst', 'Dora')
  await dora.expect(422, 'DELETE', '/me', { password: 'wrong' })
  await dora.expect(204, 'DELETE', '/me', { password: PASSWORD })
  await dora.expect(401, 'GET', '/me')
})

test('[PERM-17] workspaces are separate; an account may be in several, and none can decide about it alone', async () => {
  const first = (await ana.expect(200, 'GET', '/workspaces')).body
  const { workspace_id } = (await ana.expect(201, 'POST', '/workspaces', { name: 'Second' })).body
  await ana.expect(204, 'PUT', '/me/workspace', { workspace_id })
  assert.deepEqual((await ana.expect(200, 'GET', '/documents')).body.items, [])
  await ana.expect(404, 'GET', `/documents/${id}`)
  const invitation = (await ana.expect(200, 'POST', '/invites', { role: 'viewer' })).body.url.split('/').at(-1)
  const eve = await join(ana, 'admin', 'Eve')
  await ben.expect(204, 'POST', `/invites/${invitation}/join`)
  assert.equal((await ben.expect(200, 'GET', '/me')).body.role, 'viewer')
  await eve.expect(204, 'PATCH', `/members/${ben.id}`, { role: 'analyst' })
  for (const [method, path] of [['POST', 'reset-link'], ['POST', 'erase'], ['GET', 'data'], ['DELETE', 'totp']]) {
    await eve.expect(403, method, `/members/${ben.id}/${path}`)
  }
  await eve.expect(403, 'PATCH', `/members/${ben.id}`, { disabled: true })
  await eve.expect(204, 'DELETE', `/members/${ben.id}`)
  await ben.expect(401, 'GET', '/documents')
  await ana.expect(204, 'PUT', '/me/workspace', { workspace_id: first[0].workspace_id })
})
