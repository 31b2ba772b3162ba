// Accounts, documents and rights over REST, and their effect on open sockets.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import WebSocket from 'ws'
import * as Y from 'yjs'
import { Person, join } from './people.mjs'
import { Server, until } from './server.mjs'

let server, ana

before(async () => {
  server = await Server.start({ args: [] })
  ana = new Person(server)
})
after(() => server.stop())

test('[AUTH-1] only the printed URL creates the owner, once', async () => {
  const secret = server.printed.split('#')[1]
  const owner = { workspace: 'Acme', name: 'Ana', email: 'Ana@example.org', password: 'correct horse' }
  await ana.expect(403, 'POST', '/setup', { ...owner, secret: 'guess' })
  await ana.expect(422, 'POST', '/setup', { ...owner, secret, password: 'short' })
  assert.equal((await ana.expect(200, 'GET', '/setup')).body.needed, true)
  await ana.expect(200, 'POST', '/setup', { ...owner, secret })
  await new Person(server).expect(403, 'POST', '/setup', { ...owner, secret, email: 'eve@example.org' })
  const me = (await ana.expect(200, 'GET', '/me')).body
  assert.deepEqual([me.name, me.email, me.role, me.is_owner], ['Ana', 'ana@example.org', 'admin', true])
  assert.match(me.color, /^#[0-9a-f]{6}$/)
})

test('[AUTH-4] a refresh token works once; its reuse ends the session', async () => {
  const tab = new Person(server)
  await tab.expect(401, 'POST', '/auth/sign-in', { email: 'ana@example.org', password: 'wrong password' })
  await tab.expect(200, 'POST', '/auth/sign-in', { email: 'ANA@example.org', password: 'correct horse' })
  const thief = new Person(server)
  thief.cookies = new Map(tab.cookies)
  await tab.expect(200, 'POST', '/auth/refresh')
  await thief.expect(200, 'POST', '/auth/refresh') // within ten seconds it is another tab
  await tab.expect(204, 'POST', '/auth/sign-out')
  await tab.expect(401, 'GET', '/me')
  await thief.expect(401, 'GET', '/me')
  await thief.expect(401, 'POST', '/auth/refresh')
})

test('[AUTH-5] a page of another origin can neither write nor open a socket with the cookie', async () => {
  await ana.expect(403, 'POST', '/documents', { title: 'forged' }, { origin: 'https://evil.example' })
  const { cookie } = ana
  const socket = new WebSocket(server.collab, { headers: { cookie, origin: 'https://evil.example' } })
  const status = await new Promise((resolve) => socket.on('unexpected-response', (_, response) => resolve(response.statusCode)).on('error', () => {}))
  assert.equal(status, 403)
})

test('invitations work once and give the role', async () => {
  const { body } = await ana.expect(200, 'POST', '/invites', { role: 'viewer' })
  const path = `/invites/${body.url.split('/').at(-1)}/accept`
  const first = new Person(server)
  await first.expect(200, 'POST', path, { name: 'Vera', email: 'vera@example.org', password: 'long enough to guess' })
  await new Person(server).expect(410, 'POST', path, { name: 'Eve', email: 'eve@example.org', password: 'long enough to guess' })
  await first.expect(403, 'POST', '/documents', { title: 'viewers do not create' })
  await first.expect(403, 'POST', '/invites', { role: 'viewer' })
  await first.expect(400, 'POST', '/invites', { role: 'emperor' })
})

test('documents are created, listed in pages, searched, changed with If-Match, trashed and restored', async () => {
  const made = []
  for (let n = 0; n < 7; n++) made.push((await ana.expect(201, 'POST', '/documents', { title: `Paged ${n}`, kind: 'research_report', tags: ['x'] })).body)
  const seen = []
  for (let cursor; ; ) {
    const { body } = await ana.expect(200, 'GET', `/documents?q=paged&limit=3${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`)
    seen.push(...body.items.map(({ title }) => title))
    if (!(cursor = body.next)) break
  }
  assert.deepEqual(seen, ['Paged 6', 'Paged 5', 'Paged 4', 'Paged 3', 'Paged 2', 'Paged 1', 'Paged 0'])

  const path = `/documents/${made[0].id}`
  const { etag } = await ana.expect(200, 'GET', path)
  await ana.expect(428, 'PATCH', path, { title: 'Renamed' })
  const changed = await ana.expect(200, 'PATCH', path, { title: 'Renamed', description: 'why' }, { 'if-match': etag })
  assert.deepEqual([changed.body.title, changed.body.slug, changed.body.kind], ['Renamed', 'renamed', 'research_report'])
  const named = await ana.expect(200, 'PATCH', path, { slug: 'by-hand' }, { 'if-match': changed.etag })
  const renamed = await ana.expect(200, 'PATCH', path, { title: 'Renamed again' }, { 'if-match': named.etag })
  assert.equal(renamed.body.slug, 'by-hand', 'a slug that was set stays')
  await ana.expect(422, 'PATCH', path, { slug: 'No Spaces' }, { 'if-match': renamed.etag })
  changed.etag = renamed.etag
  await ana.expect(412, 'PATCH', path, { title: 'Lost update' }, { 'if-match': etag })
  await ana.expect(400, 'PATCH', path, { status: 'approved' }, { 'if-match': changed.etag })
  await ana.expect(400, 'PATCH', path, { colour: 'red' }, { 'if-match': changed.etag })

  await ana.expect(200, 'DELETE', path)
  assert.equal((await ana.expect(200, 'GET', '/documents?q=renamed')).body.items.length, 0)
  assert.equal((await ana.expect(200, 'GET', '/documents?q=renamed&trashed=true')).body.items.length, 1)
  await ana.expect(200, 'POST', `${path}/restore`)
  assert.equal((await ana.expect(200, 'GET', '/documents?q=renamed')).body.items.length, 1)
  const problem = await ana.expect(404, 'GET', '/documents/01900000-0000-7000-8000-000000000000')
  assert.equal(problem.headers.get('content-type'), 'application/problem+json')
  assert.equal(problem.body.code, 'not-found')
})

test('[PERM-2] a private document does not exist for others; grants give, change and end access', async () => {
  const jonas = await join(ana, 'analyst', 'Jonas')
  const { body: plan } = await ana.expect(201, 'POST', '/documents', { title: 'Private plan' })
  const path = `/documents/${plan.id}`
  await jonas.expect(404, 'GET', path)
  await jonas.expect(404, 'PUT', `${path}/shares/${jonas.id}`, { level: 'admin' })
  assert.equal((await jonas.expect(200, 'GET', '/documents?q=private')).body.items.length, 0)
  const shut = jonas.open(plan.id)
  await until(() => shut.heard.denied.includes('not-found'), 'the socket is refused')
  shut.end()

  await ana.expect(204, 'PUT', `${path}/shares/${jonas.id}`, { level: 'edit' })
  assert.equal((await jonas.expect(200, 'GET', path)).body.right, 'edit')
  await jonas.expect(403, 'PUT', `${path}/shares/${jonas.id}`, { level: 'admin' })
  await jonas.expect(403, 'DELETE', path)
  const writer = jonas.open(plan.id)
  const reader = ana.open(plan.id)
  await until(() => writer.provider.synced && reader.provider.synced, 'both synced')
  writer.text.insert(0, 'by Jonas')
  await until(() => reader.text.toString() === 'by Jonas', 'Ana reads it')

  // Downgraded in place, within a second.
  await ana.expect(204, 'PUT', `${path}/shares/${jonas.id}`, { level: 'comment' })
  await until(() => writer.heard.scopes.at(-1) === 'readonly', 'Jonas is told', 5_000)
  writer.text.insert(0, 'GRAFFITI ')
  reader.text.insert(8, ', read by Ana')
  await until(() => writer.text.toString().endsWith('read by Ana'), 'Jonas still reads')
  assert.equal(reader.text.toString(), 'by Jonas, read by Ana')

  // Raised again: edits refused meanwhile are asked for and saved.
  await ana.expect(204, 'PUT', `${path}/shares/${jonas.id}`, { level: 'edit' })
  await until(() => reader.text.toString().startsWith('GRAFFITI'), 'what he typed meanwhile arrives')

  // Revoked: his document closes, with a reason.
  await ana.expect(204, 'DELETE', `${path}/shares/${jonas.id}`)
  await until(() => writer.heard.denied.includes('not-found'), 'Jonas is told', 5_000)
  await jonas.expect(404, 'GET', path)

  // A grant ends at its expiry.
  const soon = new Date(Date.now() + 1_500).toISOString()
  await ana.expect(204, 'PUT', `${path}/shares/${jonas.id}`, { level: 'edit', expires_at: soon })
  const brief = jonas.open(plan.id)
  await until(() => brief.provider.synced, 'synced')
  await until(() => brief.heard.denied.length > 0, 'the grant is over', 5_000)
  for (const client of [writer, reader, brief]) client.end()
})

test('[PERM-3] signing out and trashing a document close open sockets', async () => {
  const mara = await join(ana, 'manager', 'Mara')
  const { body: note } = await ana.expect(201, 'POST', '/documents', { title: 'Open note', open_level: 'edit' })
  const first = mara.open(note.id)
  await until(() => first.provider.synced, 'synced')
  await mara.expect(204, 'POST', '/auth/sign-out')
  await until(() => first.heard.denied.includes('unauthorized'), 'signed out', 5_000)
  const owner = ana.open(note.id)
  await until(() => owner.provider.synced, 'synced')
  await ana.expect(200, 'DELETE', `/documents/${note.id}`)
  await until(() => owner.heard.denied.includes('deleted'), 'in the trash', 5_000)
  await ana.expect(410, 'GET', `/documents/${note.id}/state`)
  first.end()
  owner.end()
})

test('[SYNC-20] nobody can write under the client id of another user, or send their presence', async () => {
  const kim = await join(ana, 'analyst', 'Kim')
  const { body: sheet } = await ana.expect(201, 'POST', '/documents', { title: 'Owned', open_level: 'edit' })
  const anas = ana.open(sheet.id)
  await until(() => anas.provider.synced, 'synced')
  anas.text.insert(0, 'Ana')
  await until(() => anas.provider.unsyncedChanges === 0, 'saved')
  const squatter = kim.open(sheet.id)
  await until(() => squatter.provider.synced, 'synced')
  squatter.provider.document.clientID = anas.provider.document.clientID
  squatter.text.insert(3, ' (forged)')
  squatter.provider.awareness.setLocalStateField('user', { name: 'Ana', id: ana.id })
  const left = new Promise((resolve) => squatter.provider.on('stateless', ({ payload }) => resolve(JSON.parse(payload))))
  anas.text.insert(3, ' writes')
  assert.equal((await left).code, 'foreign-unlogged')
  await until(() => anas.provider.unsyncedChanges === 0, 'saved')
  const stored = new Y.Doc()
  const response = await fetch(`${server.url}/api/v1/documents/${sheet.id}/state`, { headers: { cookie: ana.cookie } })
  Y.applyUpdate(stored, new Uint8Array(await response.arrayBuffer()))
  assert.equal(stored.getText('text').toString(), 'Ana writes')
  const names = () => [...anas.provider.awareness.getStates().values()].map((state) => state.user?.name)
  await until(() => names().includes('Kim'), () => `seen as ${names()}`)
  anas.end()
  squatter.end()
})

test('[SYNC-21] nobody can be the first to write under a client id held by the presence of another user', async () => {
  const lea = await join(ana, 'analyst', 'Lea')
  const { body: sheet } = await ana.expect(201, 'POST', '/documents', { title: 'Taken', open_level: 'edit' })
  const anas = ana.open(sheet.id)
  await until(() => anas.provider.synced, 'synced')
  anas.provider.awareness.setLocalStateField('user', { name: 'Ana' })
  const squatter = lea.open(sheet.id)
  const names = () => [...squatter.provider.awareness.getStates().values()].map(({ user }) => user?.name)
  await until(() => names().includes('Ana'), 'Ana is here')
  const told = []
  squatter.provider.on('stateless', ({ payload }) => told.push(JSON.parse(payload).code))
  const forged = new Y.Doc()
  forged.clientID = anas.provider.document.clientID
  forged.getText('text').insert(0, 'squatted')
  Y.applyUpdate(squatter.provider.document, Y.encodeStateAsUpdate(forged))
  await until(() => told.includes('client-id-taken'), () => `told ${told}`)
  anas.text.insert(0, 'hers')
  await until(() => anas.provider.unsyncedChanges === 0, 'Ana writes with it')
  assert.equal(anas.text.toString(), 'hers')
  // Once she has left, the id is free if she never wrote: ids are not reserved for ever.
  const { body: other } = await ana.expect(201, 'POST', '/documents', { title: 'Left', open_level: 'edit' })
  const brief = ana.open(other.id)
  await until(() => brief.provider.synced, 'synced')
  brief.provider.awareness.setLocalStateField('user', { name: 'Ana' })
  const heir = lea.open(other.id)
  const here = () => [...heir.provider.awareness.getStates().values()].some(({ user }) => user?.name === 'Ana')
  await until(here, 'Ana is here')
  const free = new Y.Doc()
  free.clientID = brief.provider.document.clientID
  free.getText('text').insert(0, 'free')
  brief.end()
  await until(() => !here(), 'Ana has left')
  Y.applyUpdate(heir.provider.document, Y.encodeStateAsUpdate(free))
  await until(() => heir.provider.unsyncedChanges === 0, 'it is saved')
  for (const client of [anas, squatter, heir]) client.end()
})
