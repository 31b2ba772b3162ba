// The matrix of rights in particular circumstances: a document in the trash, and the read-only switch. The tables are
// written by hand; a route that is missing in one fails the test.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join as path } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { FAMILIES } from './families.mjs'
import { NEEDS, WHILE_READ_ONLY, listed } from './needs.mjs'
import { Person, join, owner } from './people.mjs'
import { Server, program, temporary, until } from './server.mjs'

const WITHIN = 30_000
const NOBODY = '0198c0de-0000-7000-8000-000000000000'
const run = (...args) => promisify(execFile)(program, [...args, '--data', server.data], { env: { ...process.env, CONSILIUM_BIN: undefined } })
let server, ana, ben, mia, eve, stranger

before(async () => {
  server = await Server.start({ args: [], env: { CONSILIUM_REQUESTS_PER_MINUTE_OF_ADDRESS: '1000000' } })
  ana = await owner(server)
  ben = await join(ana, 'analyst', 'Ben')
  eve = await join(ana, 'manager', 'Eve')
  stranger = new Person(server)
})
after(() => server.stop())

/** A document of Ana's with one of each thing; Ben may edit it, and Mia is its guest. */
async function furnished() {
  const { id } = (await ana.expect(201, 'POST', '/documents', { title: 'Plan' })).body
  const { group_id: group } = (await ana.expect(201, 'POST', '/groups', { name: `Team of ${id}` })).body
  await ana.expect(204, 'PUT', `/documents/${id}/group-shares/${group}`, { level: 'view' })
  for (const person of [ben, eve]) await ana.expect(204, 'PUT', `/documents/${id}/shares/${person.id}`, { level: 'edit' })
  const { link_id: link, url } = (await ana.expect(201, 'POST', `/documents/${id}/links`, { level: 'edit' })).body
  mia = new Person(server)
  await mia.expect(200, 'POST', '/links/enter', { token: url.split('#')[1], name: 'Mia' })
  const { etag } = await ana.expect(200, 'GET', `/documents/${id}/content`)
  await ana.expect(204, 'PUT', `/documents/${id}/content`, 'Words\n', { 'content-type': 'text/markdown', 'if-match': etag })
  const said = (await ana.expect(201, 'POST', `/documents/${id}/threads`, { body: 'Hm', passage: { from: 0, to: 5 }, replacement: 'Deeds' })).body
  const { revision_id: revision } = (await ana.expect(201, 'POST', `/documents/${id}/revisions`, { name: 'Then' })).body
  const { approval_id: approval } = (await ana.expect(201, 'POST', `/documents/${id}/approvals`, { steps: [{ name: 'Lead', people: [{ kind: 'account', id: ana.id }] }] })).body
  return { id, block: 0, group, link, account: eve.id, thread: said.thread_id, suggestion: said.thread_id, comment: said.comments[0].comment_id, revision, approval, emoji: '%F0%9F%91%8D', token: url.split('#')[1] }
}

// What the person with admin rights, an editor and a guest who may edit get for a document in the trash: everybody who
// may see it sees that it is there; shares and links can be taken back; it can be restored or purged. In this order: the
// last rows use the document up.
const IN_THE_TRASH = `
  GET    /documents/{id}                                          200 200 200
  PATCH  /documents/{id}                                          410 410 401
  GET    /documents/{id}/content                                  410 410 410
  PUT    /documents/{id}/content                                  410 410 410
  GET    /documents/{id}/state                                    410 410 410
  PUT    /documents/{id}/state                                    410 410 410
  GET    /documents/{id}/presence                                 410 410 410
  GET    /documents/{id}/changes                                  410 410 410
  GET    /documents/{id}/changes/export                           410 410 401
  GET    /documents/{id}/authors                                  410 410 410
  GET    /documents/{id}/unread                                   410 410 401
  PUT    /documents/{id}/reading                                  410 410 401
  GET    /documents/{id}/access                                   200 200 401
  GET    /documents/{id}/path                                     200 200 401
  GET    /documents/{id}/backlinks                                200 200 401
  GET    /documents/{id}/move/effects                             410 410 401
  POST   /documents/{id}/move                                     410 410 401
  POST   /documents/{id}/duplicate                                410 410 401
  GET    /documents/{id}/shares                                   200 200 401
  PUT    /documents/{id}/shares/{account}                         410 403 401
  GET    /documents/{id}/group-shares                             200 200 401
  PUT    /documents/{id}/group-shares/{group}                     410 403 401
  GET    /documents/{id}/links                                    200 403 401
  POST   /documents/{id}/links                                    410 403 401
  GET    /documents/{id}/export                                   410 410 401
  GET    /documents/{id}/publication                              404 404 401
  PUT    /documents/{id}/publication                              410 403 401
  DELETE /documents/{id}/publication                              404 403 401
  GET    /documents/{id}/threads                                  410 410 410
  POST   /documents/{id}/threads                                  410 410 410
  GET    /documents/{id}/threads/{thread}                         410 410 410
  DELETE /documents/{id}/threads/{thread}                         410 403 403
  POST   /documents/{id}/threads/{thread}/comments                410 410 410
  PUT    /documents/{id}/threads/{thread}/assignee                410 410 401
  DELETE /documents/{id}/threads/{thread}/assignee                410 410 401
  POST   /documents/{id}/threads/{thread}/resolve                 410 410 410
  POST   /documents/{id}/threads/{thread}/reopen                  410 410 410
  POST   /documents/{id}/threads/{thread}/accept                  410 410 410
  POST   /documents/{id}/threads/{thread}/reject                  410 410 410
  GET    /documents/{id}/suggestions                              410 410 410
  POST   /documents/{id}/suggestions                              410 410 410
  POST   /documents/{id}/suggestions/accept                       410 410 410
  POST   /documents/{id}/suggestions/reject                       410 410 410
  POST   /documents/{id}/suggestions/{suggestion}/accept          410 410 410
  POST   /documents/{id}/suggestions/{suggestion}/reject          410 410 410
  POST   /documents/{id}/suggestions/{suggestion}/withdraw        410 410 410
  POST   /documents/{id}/suggestions/{suggestion}/reopen          410 410 410
  POST   /documents/{id}/suggestions/{suggestion}/undo            410 410 410
  POST   /documents/{id}/suggestions/view                         410 410 410
  PUT    /documents/{id}/suggestions/view/{view}                  410 410 410
  PATCH  /documents/{id}/comments/{comment}                       410 410 410
  DELETE /documents/{id}/comments/{comment}                       410 410 410
  PUT    /documents/{id}/comments/{comment}/reactions/{emoji}     410 410 410
  DELETE /documents/{id}/comments/{comment}/reactions/{emoji}     410 410 410
  GET    /documents/{id}/revisions                                410 410 410
  POST   /documents/{id}/revisions                                410 410 410
  GET    /documents/{id}/revisions/{revision}                     410 410 410
  PATCH  /documents/{id}/revisions/{revision}                     410 410 410
  DELETE /documents/{id}/revisions/{revision}                     410 403 403
  GET    /documents/{id}/revisions/{revision}/content             410 410 410
  POST   /documents/{id}/revisions/{revision}/restore             410 410 410
  POST   /documents/{id}/revisions/{revision}/blocks/{block}/restore 410 410 410
  POST   /documents/{id}/revisions/{revision}/undo                410 410 410
  GET    /documents/{id}/attachments                              410 410 410
  POST   /documents/{id}/attachments                              410 410 410
  POST   /documents/{id}/attachments/fetch                        410 410 410
  DELETE /documents/{id}/attachments/{attachment}                 410 410 410
  GET    /documents/{id}/attachments/{attachment}/content         410 410 410
  GET    /documents/{id}/attachments/{attachment}/versions        410 410 410
  POST   /documents/{id}/attachments/{attachment}/versions        410 410 410
  POST   /documents/{id}/uploads                                  410 410 410
  GET    /documents/{id}/approvals                                410 410 410
  POST   /documents/{id}/approvals                                410 410 401
  POST   /documents/{id}/approvals/{approval}/decide              410 403 401
  POST   /documents/{id}/approvals/{approval}/delegate            410 403 401
  POST   /documents/{id}/approvals/{approval}/withdraw            410 410 401
  POST   /documents/{id}/approvals/{approval}/move                410 410 401
  PATCH  /documents/{id}/approvals/{approval}                     410 410 401
  POST   /documents/{id}/status                                   410 403 401
  GET    /documents/{id}/approved                                 410 410 410
  DELETE /documents/{id}/group-shares/{group}                     204 403 401
  DELETE /documents/{id}/shares/{account}                         204 403 401
  DELETE /documents/{id}/links/{link}                             204 403 401
  DELETE /documents/{id}                                          200 403 401
  POST   /documents/{id}/purge                                    204 403 401
  POST   /documents/{id}/restore                                  404 404 401`
const rows = IN_THE_TRASH.trim().split('\n').map((line) => line.trim().split(/\s+/)).map(([method, route, ...statuses]) => ({ route: `${method} ${route}`, statuses: statuses.map(Number) }))

const STEPS = [{ name: 'Lead', people: [{ kind: 'role', role: 'admin' }] }]
const BODIES = {
  'POST /documents/{id}/attachments': 'x',
  'POST /documents/{id}/attachments/fetch': { url: 'https://10.0.0.1/' },
  'POST /documents/{id}/attachments/{attachment}/versions': 'x',
  'PATCH /documents/{id}': { title: 'New' },
  'PUT /documents/{id}/content': 'Deeds\n',
  'PUT /documents/{id}/state': 'x',
  'PUT /documents/{id}/shares/{account}': { level: 'edit' },
  'PUT /documents/{id}/group-shares/{group}': { level: 'edit' },
  'POST /documents/{id}/move': { after: null },
  'POST /documents/{id}/duplicate': {},
  'PUT /documents/{id}/publication': {},
  'POST /documents/{id}/links': { level: 'view' },
  'POST /documents/{id}/threads': { body: 'Hm' },
  'POST /documents/{id}/threads/{thread}/comments': { body: 'Hm' },
  'PUT /documents/{id}/threads/{thread}/assignee': { account: NOBODY },
  'POST /documents/{id}/threads/{thread}/resolve': { outcome: 'done' },
  'POST /documents/{id}/threads/{thread}/reject': {},
  'POST /documents/{id}/suggestions': { passage: { from: 0, to: 5 }, replacement: 'Deeds' },
  'POST /documents/{id}/suggestions/accept': { author: NOBODY },
  'POST /documents/{id}/suggestions/reject': { author: NOBODY },
  'POST /documents/{id}/suggestions/{suggestion}/reject': {},
  'PUT /documents/{id}/suggestions/view/{view}': { known: 0 },
  'PATCH /documents/{id}/comments/{comment}': { body: 'Hm' },
  'POST /documents/{id}/revisions': { name: 'Now' },
  'PATCH /documents/{id}/revisions/{revision}': { name: 'Now' },
  'POST /documents/{id}/approvals': { steps: STEPS },
  'POST /documents/{id}/approvals/{approval}/decide': { verdict: 'approve' },
  'POST /documents/{id}/approvals/{approval}/delegate': { to: NOBODY },
  'POST /documents/{id}/approvals/{approval}/withdraw': {},
  'POST /documents/{id}/approvals/{approval}/move': {},
  'PATCH /documents/{id}/approvals/{approval}': { due_at: null },
  'POST /documents/{id}/status': { status: 'archived' },
}
const HEADERS = {
  'PATCH /documents/{id}': { 'if-match': '"1"' },
  'PUT /documents/{id}/content': { 'content-type': 'text/markdown', 'if-match': '"0"' },
  'PUT /documents/{id}/state': { 'content-type': 'application/octet-stream' },
}
const filled = (route, ids) => route.split(' ')[1].replaceAll(/\{(\w+)\}/g, (_, name) => ids[name] ?? NOBODY)
const ask = (person, route, ids, body = BODIES[route]) => person.call(route.split(' ')[0], filled(route, ids), body, HEADERS[route])

test('[PERM-20] every route of a document in the trash has the expected status for every caller (B7)', async () => {
  const all = Object.values(NEEDS).flatMap(listed).filter((route) => route.includes(' /documents/{id}'))
  assert.deepEqual(rows.map(({ route }) => route).toSorted(), all.toSorted())
  const ids = await furnished()
  const open = ana.open(ids.id)
  await until(() => open.heard.scopes.length > 0, 'Ana is in', WITHIN)
  await ana.expect(200, 'DELETE', `/documents/${ids.id}`)
  const outsider = await join(ana, 'manager', 'Olga')
  const wrong = []
  for (const { route, statuses } of rows) {
    for (const [name, person, status] of [['a guest', mia, statuses[2]], ['an editor', ben, statuses[1]], ['somebody else', outsider, 404], ['nobody', stranger, 401], ['the admin', ana, statuses[0]]]) {
      const answer = await ask(person, route, ids)
      if (answer.status !== status) wrong.push(`${route} by ${name}: ${answer.status}, not ${status}: ${JSON.stringify(answer.body).slice(0, 120)}`)
    }
  }
  assert.deepEqual(wrong, [])
  open.end()
})

test('[PERM-20] nobody enters a document in the trash by its link, sees it in a list, or opens it on a socket', async () => {
  const ids = await furnished()
  await ana.expect(200, 'DELETE', `/documents/${ids.id}`)
  for (const route of ['look', 'enter']) await new Person(server).expect(404, 'POST', `/links/${route}`, { token: ids.token, ...(route === 'enter' && { name: 'Max' }) })
  const listedOf = async (person) => (await person.expect(200, 'GET', '/documents')).body.items.some(({ id }) => id === ids.id)
  for (const person of [ana, ben]) assert.equal(await listedOf(person), false)
  for (const person of [ana, ben, mia]) {
    const open = person.open(ids.id)
    await until(() => open.heard.denied.length > 0, 'it is refused', WITHIN)
    assert.deepEqual(open.heard.scopes, [])
    open.end()
  }
  await ana.expect(200, 'POST', `/documents/${ids.id}/restore`)
  await mia.expect(200, 'GET', `/documents/${ids.id}/content`)
})

test('[SAVE-23] while the server is read-only, every route that people write by answers 503, and reading, signing in, revoking, audit and backup continue (B7)', async () => {
  const ids = await furnished()
  const other = await furnished()
  const guest = mia
  const { key } = (await ana.expect(201, 'POST', '/keys', { name: 'x', scopes: ['documents:read', 'documents:write'] })).body
  const open = { ana: ana.open(ids.id), guest: guest.open(other.id) }
  await until(() => Object.values(open).every(({ heard }) => heard.scopes.at(-1) === 'read-write'), 'both may edit', WITHIN)
  const before = Object.fromEntries(await Promise.all([ids.id, other.id].map(async (id) => [id, (await ana.expect(200, 'GET', `/documents/${id}/content?format=text`)).body])))
  await run('flag', 'read-only', 'on')
  try {
    await until(() => Object.values(open).every(({ heard }) => heard.scopes.at(-1) === 'readonly'), 'open sockets only read', WITHIN)
    const wrong = []
    for (const route of Object.values(NEEDS).flatMap(listed)) {
      const [method] = route.split(' ')
      const body = BODIES[route] ?? (method === 'GET' || method === 'DELETE' ? undefined : {})
      if (method !== 'GET' && listed(WHILE_READ_ONLY).includes(route)) continue
      const safe = method === 'GET'
      for (const [name, person] of [['the owner', ana], ['an editor', ben], ['a guest', guest], ['nobody', stranger]]) {
        const answer = await ask(person, route, ids, body)
        // A caller whom the route does not admit learns nothing about the switch.
        const fine = safe ? answer.status < 500 : name === 'the owner' ? answer.status === 503 && answer.body.code === 'unavailable' : [401, 503].includes(answer.status)
        if (!fine) wrong.push(`${route} by ${name}: ${answer.status} ${JSON.stringify(answer.body).slice(0, 100)}`)
      }
    }
    assert.deepEqual(wrong, [])

    // Edits on sockets of both families are refused, also on sockets that are opened now.
    open.ana.text.insert(0, 'on an open socket')
    open.guest.text.insert(0, 'by a guest')
    const late = ben.open(ids.id)
    await until(() => late.heard.scopes.at(-1) === 'readonly', 'a newcomer only reads', WITHIN)
    late.text.insert(0, 'by a newcomer')
    const stock = FAMILIES['y-websocket 3.1'](server, ids.id, { token: key })
    await until(() => stock.synced(), 'a stock client reads', WITHIN)
    stock.doc.getText('text').insert(0, 'by a key')

    // Everything that must work while the server is read-only.
    const again = new Person(server)
    await again.expect(200, 'POST', '/auth/sign-in', { email: 'Ben@example.org', password: 'long enough to guess' })
    await again.expect(204, 'POST', '/auth/sign-out')
    await ana.expect(204, 'DELETE', `/documents/${ids.id}/shares/${ids.account}`)
    await ana.expect(204, 'DELETE', `/documents/${other.id}/links/${other.link}`)
    await until(() => open.guest.heard.denied.length > 0, 'the guest is out', WITHIN)
    const audit = (await ana.expect(200, 'GET', '/audit')).body.items.map(({ action }) => action)
    for (const action of ['session.begin', 'share.take', 'link.remove']) assert.ok(audit.includes(action), `${action} in ${audit.slice(0, 12)}`)
    const target = path(temporary('consilium-'), 'backup')
    assert.match((await run('backup', target)).stdout, /holds/)
    await run('audit', 'verify')
    for (const [id, text] of Object.entries(before)) assert.equal((await ana.expect(200, 'GET', `/documents/${id}/content?format=text`)).body, text)
    late.end()
    stock.destroy()
  } finally {
    await run('flag', 'read-only', 'off')
  }
  await until(() => open.ana.heard.scopes.at(-1) === 'read-write', 'people write again', WITHIN)
  Object.values(open).forEach((one) => one.end())
})
