// Watching documents and spaces, what changed since the last visit, and invitations that wait.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Person, join, owner } from './people.mjs'
import { Server, until } from './server.mjs'

let server, ana, ben, carl

before(async () => {
  server = await Server.start({ args: [] })
  ana = await owner(server)
  ben = await join(ana, 'analyst', 'Ben')
  carl = await join(ana, 'analyst', 'Carl')
})
after(() => server.stop())

const news = async (person) => (await person.expect(200, 'GET', '/inbox?unread=true')).body.items.map(({ kind, title, actor }) => [kind, title, actor?.name])
/** A document of Ana's that everybody may edit. */
async function open(title, fields = {}) {
  const { id } = (await ana.expect(201, 'POST', '/documents', { title, ...fields })).body
  const { etag } = await ana.expect(200, 'GET', `/documents/${id}`)
  await ana.expect(200, 'PATCH', `/documents/${id}`, { open_level: 'edit' }, { 'if-match': etag })
  return id
}
async function write(person, id, words) {
  const { etag } = await person.expect(200, 'GET', `/documents/${id}/content`)
  await person.expect(204, 'PUT', `/documents/${id}/content`, `${words}\n`, { 'content-type': 'text/markdown', 'if-match': etag })
}

test('[WATCH-1] [WATCH-2] a watched document tells of comments, edits and published versions by others; edits once until they are read', async () => {
  const id = await open('Plan')
  await ben.expect(204, 'PUT', `/me/watches/documents/${id}`)
  await ben.expect(204, 'PUT', `/me/watches/documents/${id}`)
  assert.deepEqual((await ben.expect(200, 'GET', '/me/watches')).body, { documents: [{ id, title: 'Plan', icon: '' }], spaces: [] })
  assert.deepEqual((await ana.expect(200, 'GET', '/me/watches')).body, { documents: [], spaces: [] })
  await write(ben, id, 'By Ben himself.')
  await write(carl, id, 'By Carl.')
  await until(async () => (await news(ben)).length > 0, 'Ben hears of the edit')
  assert.deepEqual(await news(ben), [['watched-edited', 'Plan', 'Carl']])
  await carl.expect(201, 'POST', `/documents/${id}/threads`, { body: 'Too slow?' })
  assert.deepEqual((await news(ben))[0], ['watched-comment', 'Plan', 'Carl'])
  // A person who is notified of the comment anyway is notified only once.
  await carl.expect(201, 'POST', `/documents/${id}/threads`, { body: '@Ben', mentions: [{ kind: 'account', id: ben.id }] })
  assert.deepEqual((await news(ben)).map(([kind]) => kind), ['mention', 'watched-comment', 'watched-edited'])
  await write(carl, id, 'By Carl, again.')
  const steps = [{ name: 'Lead', people: [{ kind: 'account', id: ana.id }] }]
  const { approval_id: approval } = (await ana.expect(201, 'POST', `/documents/${id}/approvals`, { steps })).body
  await ana.expect(200, 'POST', `/documents/${id}/approvals/${approval}/decide`, { verdict: 'approve' })
  await ana.expect(204, 'PUT', `/documents/${id}/reading`)
  await write(carl, id, 'By Carl, once more.')
  // Its event is before the one that follows.
  await until(async () => (await ana.expect(200, 'GET', '/me/changed')).body.some(({ document }) => document.id === id), 'the edit is announced')
  await ana.expect(204, 'POST', `/documents/${id}/status`, { status: 'published' })
  await until(async () => (await news(ben))[0][0] === 'watched-published', 'Ben hears that it is published')
  assert.deepEqual((await news(ben)).map(([kind]) => kind), ['watched-published', 'mention', 'watched-comment', 'watched-edited'])
  await ben.expect(204, 'PUT', `/documents/${id}/reading`)
  assert.deepEqual((await news(ben)).map(([kind]) => kind), ['watched-published', 'mention', 'watched-comment'])

  await ben.expect(204, 'DELETE', `/me/watches/documents/${id}`)
  await ben.expect(404, 'DELETE', `/me/watches/documents/${id}`)
  const before = await news(ben)
  await carl.expect(201, 'POST', `/documents/${id}/threads`, { body: 'Unheard.' })
  assert.deepEqual(await news(ben), before)
})

test('[WATCH-1] [WATCH-3] a watched space stands for all pages in it, and what a member may not see is not told', async () => {
  const { id: space } = (await ana.expect(201, 'POST', '/spaces', { name: 'Strategy', open_level: 'edit' })).body
  await carl.expect(204, 'PUT', `/me/watches/spaces/${space}`)
  const page = (await ana.expect(201, 'POST', '/documents', { title: 'In the space', space })).body.id
  await ben.expect(201, 'POST', `/documents/${page}/threads`, { body: 'New here.' })
  assert.deepEqual(await news(carl), [['watched-comment', 'In the space', 'Ben']])
  assert.deepEqual((await carl.expect(200, 'GET', '/me/watches')).body.spaces.map(({ id, title }) => [id, title]), [[space, 'Strategy']])
  const { etag } = await ana.expect(200, 'GET', `/documents/${page}`)
  await ana.expect(200, 'PATCH', `/documents/${page}`, { inherits: false }, { 'if-match': etag })
  await ana.expect(201, 'POST', `/documents/${page}/threads`, { body: 'Between us.' })
  assert.deepEqual(await news(carl), [])
  const hidden = (await ana.expect(201, 'POST', '/documents', { title: 'Hidden' })).body.id
  await carl.expect(404, 'PUT', `/me/watches/documents/${hidden}`)
  await carl.expect(404, 'PUT', `/me/watches/spaces/${page}`)
})

test('[LIST-12] the documents that others changed since the last visit are listed until they are read', async () => {
  const changed = async (person) => (await person.expect(200, 'GET', '/me/changed')).body.map(({ document }) => document.title)
  const id = await open('Budget')
  await write(ana, id, 'One.')
  assert.deepEqual(await changed(ben), [], 'it was never read')
  await ben.expect(204, 'PUT', `/documents/${id}/reading`)
  await write(carl, id, 'One. Two.')
  await until(async () => (await changed(ben)).includes('Budget'), 'Ben sees that it changed')
  const [{ read_at, document }] = (await ben.expect(200, 'GET', '/me/changed')).body
  assert.ok(read_at && document.id === id)
  await ben.expect(204, 'PUT', `/documents/${id}/reading`)
  assert.deepEqual(await changed(ben), [])
  await write(carl, id, 'One. Two. Three.')
  await until(async () => (await changed(ben)).includes('Budget'), 'and again')
  const { etag } = await ana.expect(200, 'GET', `/documents/${id}`)
  await ana.expect(200, 'PATCH', `/documents/${id}`, { open_level: null }, { 'if-match': etag })
  assert.deepEqual(await changed(ben), [], 'he may not see it any more')
})

test('[SHELL-9] managers see the invitations that wait, and revoke them; their holder sees the workspace and the sender', async () => {
  const eve = await join(ana, 'manager', 'Eve')
  const token = (await ana.expect(200, 'POST', '/invites', { role: 'manager' })).body.url.split('/').at(-1)
  const other = (await eve.expect(200, 'POST', '/invites', { role: 'viewer' })).body.url.split('/').at(-1)
  const stranger = new Person(server)
  assert.deepEqual((await stranger.expect(200, 'POST', '/invites/look', { token: other })).body, { workspace: 'Acme', invited_by: 'Eve' })
  await ben.expect(403, 'GET', '/invites')
  const open = (await eve.expect(200, 'GET', '/invites')).body
  assert.deepEqual(open.map(({ role, invited_by }) => [role, invited_by]), [['viewer', 'Eve'], ['manager', 'Ana']])
  assert.ok(!JSON.stringify(open).includes('token'))
  // A manager cannot give that role, and cannot take it back either.
  await eve.expect(404, 'DELETE', `/invites/${open[1].invite_id}`)
  await eve.expect(204, 'DELETE', `/invites/${open[0].invite_id}`)
  await ana.expect(204, 'DELETE', `/invites/${open[1].invite_id}`)
  assert.deepEqual((await eve.expect(200, 'GET', '/invites')).body, [])
  for (const gone of [token, other]) {
    assert.equal((await stranger.expect(410, 'POST', '/invites/look', { token: gone })).body.detail, 'This invitation was already used or has expired: ask for a new one.')
    await stranger.expect(410, 'POST', `/invites/${gone}/accept`, { name: 'X', email: 'x@example.org', password: 'long enough to guess' })
  }
})

test('[SHELL-10] an admin renames the workspace; the name of another one cannot be changed', async () => {
  const { workspace_id: workspace } = (await ana.expect(200, 'GET', '/me')).body
  await ben.expect(403, 'PATCH', `/workspaces/${workspace}`, { name: 'Mine' })
  await ana.expect(422, 'PATCH', `/workspaces/${workspace}`, { name: ' ' })
  await ana.expect(204, 'PATCH', `/workspaces/${workspace}`, { name: 'Acme Strategy' })
  assert.equal((await ben.expect(200, 'GET', '/workspaces')).body[0].name, 'Acme Strategy')
  const { workspace_id: second } = (await ana.expect(201, 'POST', '/workspaces', { name: 'Second' })).body
  await ana.expect(404, 'PATCH', `/workspaces/${second}`, { name: 'Elsewhere' })
})

test('[CMT-9] a thread that is resolved without an outcome is no decision', async () => {
  const id = await open('Thanks')
  const resolve = async (wish) => {
    const { thread_id: thread } = (await ben.expect(201, 'POST', `/documents/${id}/threads`, { body: 'A typo.' })).body
    return (await ana.expect(200, 'POST', `/documents/${id}/threads/${thread}/resolve`, wish)).body
  }
  assert.deepEqual([(await resolve({})).state, (await resolve({ outcome: 'decided' })).outcome], ['resolved', 'decided'])
  const { items } = (await ana.expect(200, 'GET', `/decisions?document=${id}`)).body
  assert.deepEqual(items.map(({ outcome }) => outcome), ['decided'])
})
