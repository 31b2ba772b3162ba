// Groups and links: the rights they give, their reasons, and their end on open sockets.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Person, join, owner } from './people.mjs'
import { Server, until } from './server.mjs'

let server, ana, ben, id

before(async () => {
  server = await Server.start({ args: [] })
  ana = await owner(server)
  ben = await join(ana, 'analyst', 'Ben')
  id = (await ana.expect(201, 'POST', '/documents', { title: 'Plan' })).body.id
})
after(() => server.stop())

const newLink = async (fields) => (await ana.expect(201, 'POST', `/documents/${id}/links`, fields)).body
const enter = async (url, fields = {}) => {
  const person = new Person(server)
  await person.expect(200, 'POST', '/links/enter', { token: url.split('#')[1], name: 'Mia', ...fields })
  return person
}

test('[PERM-14] members of a group get its grants, at once and with the reason', async () => {
  const { group_id: group } = (await ana.expect(201, 'POST', '/groups', { name: 'Board' })).body
  await ana.expect(409, 'POST', '/groups', { name: 'Board' })
  await ana.expect(204, 'PUT', `/documents/${id}/group-shares/${group}`, { level: 'comment' })
  await ben.expect(404, 'GET', `/documents/${id}`)
  await ana.expect(204, 'PUT', `/groups/${group}/members/${ben.id}`)
  const open = ben.open(id)
  await until(() => open.heard.scopes.at(-1) === 'readonly', 'Ben may comment')
  await ana.expect(204, 'PUT', `/documents/${id}/group-shares/${group}`, { level: 'edit' })
  await until(() => open.heard.scopes.at(-1) === 'read-write', 'Ben may edit')
  const holders = (await ana.expect(200, 'GET', `/documents/${id}/access`)).body
  assert.deepEqual(holders.map(({ name, right, reasons }) => [name, right, reasons.map(({ because }) => because)]),
    [['Ana', 'admin', ['space', 'creator', 'admin']], ['Ben', 'edit', ['group']]])
  assert.equal(holders[1].reasons[0].name, 'Board')
  assert.deepEqual((await ben.expect(200, 'GET', '/documents?access=edit')).body.items.map((item) => item.id), [id])
  assert.deepEqual((await ben.expect(200, 'GET', '/documents?access=approve')).body.items, [])
  await ana.expect(204, 'DELETE', `/groups/${group}/members/${ben.id}`)
  await until(() => open.heard.denied.includes('not-found'), 'Ben is out')
  open.end()
  await ana.expect(204, 'PUT', `/groups/${group}/members/${ben.id}`)
  await ben.expect(200, 'GET', `/documents/${id}`)
  await ana.expect(204, 'DELETE', `/groups/${group}`)
  await ben.expect(404, 'GET', `/documents/${id}`)
})

test('[PERM-14] a grant to a group ends at its expiry on an open socket', async () => {
  const { group_id: group } = (await ana.expect(201, 'POST', '/groups', { name: 'Guests' })).body
  await ana.expect(204, 'PUT', `/groups/${group}/members/${ben.id}`)
  const ends = Date.now() + 1_500
  await ana.expect(204, 'PUT', `/documents/${id}/group-shares/${group}`, { level: 'edit', expires_at: new Date(ends).toISOString() })
  const open = ben.open(id)
  await until(() => open.heard.scopes.includes('read-write'), 'Ben may edit')
  await until(() => open.heard.denied.length > 0, 'it ends')
  assert.ok(Date.now() >= ends && Date.now() < ends + 1_500, `${Date.now() - ends} ms after its end`)
  open.end()
})

test('[PERM-2] when one of several grants expires, open sockets go on with the others', async () => {
  const { id: shared } = (await ana.expect(201, 'POST', '/documents', { title: 'For an hour, and for good' })).body
  const { group_id: group } = (await ana.expect(201, 'POST', '/groups', { name: 'For an hour' })).body
  await ana.expect(204, 'PUT', `/groups/${group}/members/${ben.id}`)
  await ana.expect(204, 'PUT', `/documents/${shared}/shares/${ben.id}`, { level: 'view' })
  const ends = Date.now() + 2_000
  await ana.expect(204, 'PUT', `/documents/${shared}/group-shares/${group}`, { level: 'edit', expires_at: new Date(ends).toISOString() })
  const open = ben.open(shared)
  await until(() => open.heard.scopes.includes('read-write'), 'Ben may edit')
  await until(() => open.heard.scopes.at(-1) === 'readonly', 'Ben may still read')
  assert.ok(Date.now() >= ends && Date.now() < ends + 1_500, `${Date.now() - ends} ms after its end`)
  assert.deepEqual(open.heard.denied, [])
  // Ben's client was asked for a fresher token once, and has none.
  assert.ok(open.heard.scopes.length <= 4, `${open.heard.scopes.length} answers`)
  open.end()
})

test('[PERM-15] a guest by a link has a name, a cookie and the level of the link, and nothing else', async () => {
  const { url, link_id } = await newLink({ level: 'comment' })
  assert.ok(new URL(url).hash.length > 60, 'the secret is not sent to any server by following the link')
  const face = (await new Person(server).expect(200, 'POST', '/links/look', { token: url.split('#')[1] })).body
  assert.deepEqual(face, { title: 'Plan', level: 'comment', needs_password: false, needs_name: true })
  const mia = await enter(url)
  assert.equal((await mia.expect(200, 'GET', '/guest')).body.name, 'Mia')
  assert.equal((await mia.expect(200, 'GET', `/documents/${id}`)).body.right, 'comment')
  const open = mia.open(id)
  await until(() => open.heard.scopes.at(-1) === 'readonly', 'Mia reads')
  const people = async () => (await ana.expect(200, 'GET', `/documents/${id}/presence`)).body
  open.provider.awareness.setLocalStateField('user', { name: 'Ana' })
  await until(async () => (await people()).some(({ name }) => name === 'Mia'), 'she is who she said')
  for (const path of ['/me', '/members', '/documents', `/documents/${id}/access`, `/documents/${id}/links`]) await mia.expect(401, 'GET', path)
  await mia.expect(403, 'PUT', `/documents/${id}/content`, '# x', { 'content-type': 'text/markdown', 'if-match': '"0"' })
  assert.equal((await ana.expect(200, 'GET', `/documents/${id}/links`)).body[0].views, 1)
  await ana.expect(204, 'DELETE', `/documents/${id}/links/${link_id}`)
  await until(() => open.heard.denied.includes('not-found'), 'Mia is out')
  open.end()
  await mia.expect(404, 'GET', `/documents/${id}`)
  await new Person(server).expect(404, 'POST', '/links/enter', { token: url.split('#')[1], name: 'Eve' })
})

test('[PERM-15] a link may have a password and an expiry; a guest keeps the name, and a member keeps their identity', async () => {
  const { url } = await newLink({ level: 'edit', password: 'only for the board', expires_at: new Date(Date.now() + 3_600_000).toISOString() })
  const token = url.split('#')[1]
  const face = (await new Person(server).expect(200, 'POST', '/links/look', { token })).body
  assert.deepEqual([face.title, face.needs_password], [undefined, true])
  await new Person(server).expect(401, 'POST', '/links/enter', { token, name: 'Eve' })
  await new Person(server).expect(401, 'POST', '/links/enter', { token, name: 'Eve', password: 'guess' })
  const mia = await enter(url, { password: 'only for the board' })
  const open = mia.open(id)
  await until(() => open.provider.isSynced, 'Mia is in')
  open.text.insert(0, 'by a guest')
  await until(() => open.provider.unsyncedChanges === 0, 'it is saved')
  open.end()
  const again = (await mia.expect(200, 'POST', '/links/look', { token })).body
  assert.equal(again.needs_name, false)
  await ben.expect(200, 'POST', '/links/enter', { token, password: 'only for the board' })
  assert.equal((await ben.expect(200, 'GET', `/documents/${id}`)).body.right, 'edit')
  const holders = (await ana.expect(200, 'GET', `/documents/${id}/access`)).body
  assert.deepEqual(holders.find(({ name }) => name === 'Ben').reasons.map(({ because }) => because), ['link'])
  for (const fields of [{ level: 'admin' }, { level: 'view', expires_at: '2020-01-01T00:00:00Z' }]) await ana.expect(422, 'POST', `/documents/${id}/links`, fields)
  await ana.expect(422, 'POST', `/documents/${id}/links`, { level: 'view', password: 'short' })
})

test('[PERM-15] a member of another workspace can enter by a link, and is audited in the workspace of the document', async () => {
  const { body: document } = await ana.expect(201, 'POST', '/documents', { title: 'For partners' })
  const { body: link } = await ana.expect(201, 'POST', `/documents/${document.id}/links`, { level: 'comment' })
  const [home] = (await ana.expect(200, 'GET', '/workspaces')).body
  const { workspace_id } = (await ana.expect(201, 'POST', '/workspaces', { name: 'Partners' })).body
  await ana.expect(204, 'PUT', '/me/workspace', { workspace_id })
  const zoe = await join(ana, 'manager', 'Zoe')
  await ana.expect(204, 'PUT', '/me/workspace', { workspace_id: home.workspace_id })
  await zoe.expect(404, 'GET', `/documents/${document.id}`)
  await zoe.expect(200, 'POST', '/links/enter', { token: link.url.split('#')[1] })
  assert.equal((await zoe.expect(200, 'GET', `/documents/${document.id}`)).body.title, 'For partners')
  await zoe.expect(201, 'POST', `/documents/${document.id}/threads`, { body: 'We agree.' })
  await zoe.expect(403, 'PUT', `/documents/${document.id}/content`, 'no', { 'content-type': 'text/markdown', 'if-match': '"0"' })
  const open = zoe.open(document.id)
  await until(() => open.heard.scopes.length > 0, 'Zoe is in')
  assert.deepEqual(open.heard.scopes, ['readonly'])
  // A refusal in her own workspace is in the audit of that workspace only.
  await zoe.expect(404, 'DELETE', `/documents/${link.link_id}`)
  const refused = (await ana.expect(200, 'GET', '/audit?action=request.refuse')).body.items
  assert.ok(!refused.some(({ resource_id }) => resource_id.includes(link.link_id)))
  const audit = (await ana.expect(200, 'GET', `/audit?resource=${document.id}`)).body.items
  assert.deepEqual(audit.filter(({ actor_id, outcome }) => actor_id === zoe.id && outcome === 'done').map(({ action }) => action), ['thread.create', 'link.enter'])
  await ana.expect(204, 'DELETE', `/documents/${document.id}/links/${link.link_id}`)
  await until(() => open.heard.denied.length > 0, 'with the link her way in ends')
  await zoe.expect(404, 'GET', `/documents/${document.id}`)
  open.end()
})

test('[PERM-15] a member of another workspace has the right of the link, not the grants of their account here', async () => {
  const { body: document } = await ana.expect(201, 'POST', '/documents', { title: 'Narrow' })
  const { body: link } = await ana.expect(201, 'POST', `/documents/${document.id}/links`, { level: 'view' })
  const vera = await join(ana, 'viewer', 'Vera')
  await ana.expect(204, 'PUT', `/documents/${document.id}/shares/${vera.id}`, { level: 'edit' })
  await vera.expect(200, 'POST', '/links/enter', { token: link.url.split('#')[1] })
  assert.equal((await vera.expect(200, 'GET', `/documents/${document.id}`)).body.right, 'comment', 'a viewer comments at most')
  const [home] = (await ana.expect(200, 'GET', '/workspaces')).body.filter(({ name }) => name === 'Acme')
  const { workspace_id } = (await ana.expect(201, 'POST', '/workspaces', { name: 'Elsewhere' })).body
  await ana.expect(204, 'PUT', '/me/workspace', { workspace_id })
  const { body: invitation } = await ana.expect(200, 'POST', '/invites', { role: 'admin' })
  await ana.expect(204, 'PUT', '/me/workspace', { workspace_id: home.workspace_id })
  await vera.expect(204, 'POST', `/invites/${invitation.url.split('/').at(-1)}/join`)
  assert.equal((await vera.expect(200, 'GET', `/documents/${document.id}`)).body.right, 'view')
})
