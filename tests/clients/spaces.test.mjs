// Spaces and the tree of pages: places, what follows from them for rights, and open sockets when they change.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join as path } from 'node:path'
import { after, before, test } from 'node:test'
import { Person, join, owner } from './people.mjs'
import { Server, until } from './server.mjs'

let server, ana, ben, vera, mona

before(async () => {
  server = await Server.start({ args: [] })
  ana = await owner(server)
  ben = await join(ana, 'analyst', 'Ben')
  vera = await join(ana, 'viewer', 'Vera')
  mona = await join(ana, 'manager', 'Mona')
})
after(() => server.stop())

const newSpace = async (person, fields = {}) => (await person.expect(201, 'POST', '/spaces', { name: 'Board', ...fields })).body
const newPage = async (person, title, place) => (await person.expect(201, 'POST', '/documents', { title, ...place })).body
const level = async (person, space, parent) => {
  const { body } = await person.expect(200, 'GET', `/spaces/${space}/pages${parent ? `?parent=${parent}` : ''}`)
  return body.items.map(({ title, has_children }) => `${title}${has_children ? '+' : ''}`)
}
const move = (person, page, place) => person.call('POST', `/documents/${page.id}/move`, place)

test('[SPACE-1] spaces have members, groups and a level for the workspace, and a personal one belongs to its owner', async () => {
  const spaces = (await ben.expect(200, 'GET', '/spaces')).body
  assert.deepEqual(spaces.map(({ name, owner_id, right }) => [name, owner_id, right]), [['', ben.id, 'admin']])
  await vera.expect(403, 'POST', '/spaces', { name: 'Mine' })
  await ben.expect(422, 'POST', '/spaces', { name: ' ' })
  await ben.expect(422, 'POST', '/spaces', {})
  await ben.expect(422, 'POST', '/spaces', { name: 'Board', icon: 'an icon' })
  const space = await newSpace(ben, { icon: '📈', description: 'What the board reads.' })
  assert.deepEqual([space.right, space.icon, space.open_level, space.version], ['admin', '📈', null, 1])
  const at = `/spaces/${space.id}`
  await mona.expect(404, 'GET', at)
  await mona.expect(404, 'POST', '/documents', { title: 'Mine', space: space.id })
  assert.equal((await ana.expect(200, 'GET', at)).body.right, 'admin')

  await ben.expect(204, 'PUT', `${at}/members/${mona.id}`, { level: 'comment' })
  assert.equal((await mona.expect(200, 'GET', at)).body.right, 'comment')
  await mona.expect(403, 'PUT', `${at}/members/${vera.id}`, { level: 'view' })
  await mona.expect(403, 'POST', '/documents', { title: 'Mine', space: space.id })
  await ben.expect(204, 'PUT', `${at}/members/${mona.id}`, { level: 'edit' })
  assert.equal((await newPage(mona, 'Hers', { space: space.id })).space_id, space.id)
  assert.deepEqual((await ben.expect(200, 'GET', `${at}/members`)).body.members.map(({ name, level }) => [name, level]), [['Ben', 'admin'], ['Mona', 'edit']])
  await mona.expect(204, 'DELETE', `${at}/members/${mona.id}`)
  await mona.expect(404, 'GET', at)

  const { etag } = await ben.expect(200, 'GET', at)
  await ben.expect(428, 'PATCH', at, { name: 'The board' })
  await ben.expect(200, 'PATCH', at, { name: 'The board', open_level: 'view' }, { 'if-match': etag })
  await ben.expect(412, 'PATCH', at, { name: 'The board' }, { 'if-match': etag })
  assert.deepEqual([(await vera.expect(200, 'GET', at)).body.name, (await vera.expect(200, 'GET', at)).body.right], ['The board', 'view'])
  await ben.expect(409, 'DELETE', at)
  const [own] = (await ben.expect(200, 'GET', '/spaces')).body
  await ben.expect(409, 'DELETE', `/spaces/${own.id}`)
  await ben.expect(409, 'PATCH', `/spaces/${own.id}`, { open_level: 'view' }, { 'if-match': `"${own.version}"` })
  await ben.expect(409, 'PUT', `/spaces/${own.id}/members/${vera.id}`, { level: 'view' })
  const empty = await newSpace(ben, { name: 'Empty' })
  await ben.expect(204, 'DELETE', `/spaces/${empty.id}`)
  await ben.expect(404, 'GET', `/spaces/${empty.id}`)
})

test('[TREE-1] pages are created, ordered and moved in the tree of a space', async () => {
  const space = await newSpace(ana)
  const [a, b, c] = [await newPage(ana, 'A', { space: space.id }), await newPage(ana, 'B', { space: space.id }), await newPage(ana, 'C', { space: space.id })]
  const child = await newPage(ana, 'Child', { parent: a.id })
  assert.deepEqual([child.space_id, child.parent_id], [space.id, a.id])
  assert.deepEqual(await level(ana, space.id), ['A+', 'B', 'C'])
  assert.deepEqual(await level(ana, space.id, a.id), ['Child'])
  await ana.expect(200, 'POST', `/documents/${c.id}/move`, { after: null })
  await ana.expect(200, 'POST', `/documents/${a.id}/move`, { after: b.id })
  assert.deepEqual(await level(ana, space.id), ['C', 'B', 'A+'])
  await ana.expect(200, 'POST', `/documents/${c.id}/move`, { parent: child.id })
  assert.deepEqual((await ana.expect(200, 'GET', `/documents/${c.id}/path`)).body, { space_id: space.id, pages: [{ id: a.id, title: 'A', icon: '' }, { id: child.id, title: 'Child', icon: '' }] })
  assert.equal((await move(ana, a, { parent: c.id })).body.code, 'conflict')
  assert.equal((await move(ana, a, { parent: a.id })).status, 409)
  assert.equal((await move(ana, a, { parent: '0198c0de-0000-7000-8000-000000000000' })).status, 404)
  assert.equal((await move(ana, a, { space: '0198c0de-0000-7000-8000-000000000000' })).status, 404)
  assert.equal((await move(ana, a, { after: child.id })).status, 404)
  const elsewhere = await newSpace(ana, { name: 'Elsewhere' })
  assert.equal((await move(ana, a, { space: elsewhere.id, parent: b.id })).status, 422)
  await ana.expect(200, 'POST', `/documents/${a.id}/move`, { space: elsewhere.id })
  assert.deepEqual([await level(ana, space.id), await level(ana, elsewhere.id)], [['B'], ['A+']])
  assert.equal((await ana.expect(200, 'GET', `/documents/${c.id}`)).body.space_id, elsewhere.id)

  // The level is read in parts.
  const { body } = await ana.expect(200, 'GET', `/spaces/${elsewhere.id}/pages?limit=1`)
  assert.equal(body.next, undefined)
  for (const title of ['D', 'E']) await newPage(ana, title, { space: elsewhere.id })
  const titles = []
  for (let cursor = ''; cursor !== undefined; ) {
    const { body } = await ana.expect(200, 'GET', `/spaces/${elsewhere.id}/pages?limit=1${cursor && `&cursor=${cursor}`}`)
    titles.push(...body.items.map(({ title }) => title))
    cursor = body.next
  }
  assert.deepEqual(titles, ['A', 'D', 'E'])
  await ana.expect(422, 'GET', `/spaces/${elsewhere.id}/pages?cursor=x`)
})

test('[TREE-2] a share on a page opens those below it, and ends on their open sockets within a second', async () => {
  const space = await newSpace(ana)
  const top = await newPage(ana, 'Top', { space: space.id })
  const middle = await newPage(ana, 'Middle', { parent: top.id })
  const leaf = await newPage(ana, 'Leaf', { parent: middle.id })
  await ben.expect(404, 'GET', `/documents/${leaf.id}`)
  await ana.expect(204, 'PUT', `/documents/${top.id}/shares/${ben.id}`, { level: 'edit' })
  assert.equal((await ben.expect(200, 'GET', `/documents/${leaf.id}`)).body.right, 'edit')
  const holders = (await ana.expect(200, 'GET', `/documents/${leaf.id}/access`)).body
  assert.deepEqual(holders.find(({ name }) => name === 'Ben').reasons, [{ because: 'grant', level: 'edit', granted_by: ana.id, expires_at: null, page: top.id }])

  const ended = async (act, what) => {
    const open = ben.open(leaf.id)
    await until(() => open.heard.scopes.length > 0, 'Ben is in')
    const since = Date.now()
    await act()
    await until(() => open.heard.denied.includes('not-found'), `Ben is out: ${what}`)
    assert.ok(Date.now() - since < 5_000, `${what}: after ${Date.now() - since} ms`)
    open.end()
  }
  await ended(() => ana.expect(204, 'DELETE', `/documents/${top.id}/shares/${ben.id}`), 'the share is revoked')
  await ana.expect(204, 'PUT', `/documents/${top.id}/shares/${ben.id}`, { level: 'edit' })
  const patch = async (page, fields) => ana.expect(200, 'PATCH', `/documents/${page.id}`, fields, { 'if-match': (await ana.call('GET', `/documents/${page.id}`)).etag })
  await ended(() => patch(middle, { inherits: false }), 'the page in the middle stops inheriting')
  await patch(middle, { inherits: true })
  const other = await newPage(ana, 'Other', { space: space.id })
  await ended(() => ana.expect(200, 'POST', `/documents/${middle.id}/move`, { parent: other.id }), 'the page is moved')
  await ana.expect(204, 'PUT', `/spaces/${space.id}/members/${ben.id}`, { level: 'comment' })
  await ended(() => ana.expect(204, 'DELETE', `/spaces/${space.id}/members/${ben.id}`), 'Ben is no member any more')
  const { etag } = await ana.expect(200, 'GET', `/spaces/${space.id}`)
  const opened = await ana.expect(200, 'PATCH', `/spaces/${space.id}`, { open_level: 'view' }, { 'if-match': etag })
  await ended(() => ana.expect(200, 'PATCH', `/spaces/${space.id}`, { open_level: null }, { 'if-match': opened.etag }), 'the space is closed')

  // A link on a page opens the pages below it too.
  const { url } = (await ana.expect(201, 'POST', `/documents/${other.id}/links`, { level: 'view' })).body
  const guest = new Person(server)
  await guest.expect(200, 'POST', '/links/enter', { token: url.split('#')[1], name: 'Mia' })
  await guest.expect(200, 'GET', `/documents/${leaf.id}/content`)
  await guest.expect(404, 'GET', `/documents/${top.id}/content`)
  await patch(middle, { inherits: false })
  await guest.expect(404, 'GET', `/documents/${leaf.id}/content`)
})

test('[TREE-4] a move that changes who has access says so beforehand, and needs the right to share', async () => {
  const [team, board] = [await newSpace(ana, { name: 'Team', open_level: 'edit' }), await newSpace(ana, { name: 'Closed' })]
  await ana.expect(204, 'PUT', `/spaces/${board.id}/members/${mona.id}`, { level: 'edit' })
  await ana.expect(204, 'PUT', `/spaces/${board.id}/members/${ben.id}`, { level: 'edit' })
  const page = await newPage(ana, 'Page', { space: team.id })
  const neighbour = await newPage(ana, 'Neighbour', { space: team.id })
  const { url } = (await ana.expect(201, 'POST', `/documents/${neighbour.id}/links`, { level: 'view' })).body
  assert.ok(url)
  const effects = (await ben.expect(200, 'GET', `/documents/${page.id}/move/effects?space=${board.id}`)).body
  assert.deepEqual(effects, { gains: [], losses: [{ account_id: vera.id, name: 'Vera', before: 'comment' }], links_gained: 0, links_lost: 0 })
  assert.equal((await move(ben, page, { space: board.id })).body.code, 'changes-access')
  assert.deepEqual((await ben.expect(200, 'GET', `/documents/${page.id}/move/effects`)).body, { gains: [], losses: [], links_gained: 0, links_lost: 0 })
  assert.equal((await ben.expect(200, 'GET', `/documents/${page.id}/move/effects?parent=${neighbour.id}`)).body.links_gained, 1)
  await ana.expect(200, 'POST', `/documents/${page.id}/move`, { space: board.id })
  await vera.expect(404, 'GET', `/documents/${page.id}`)
  assert.deepEqual((await ana.expect(200, 'GET', `/documents/${page.id}/move/effects?space=${team.id}`)).body.gains, [{ account_id: vera.id, name: 'Vera', after: 'comment' }])
  // Within what everybody shares, editing is enough.
  const beside = await newPage(ben, 'Beside', { space: team.id })
  await ben.expect(200, 'POST', `/documents/${beside.id}/move`, { after: null })
  const below = await newPage(ana, 'Below', { space: team.id })
  await ben.expect(200, 'POST', `/documents/${below.id}/move`, { parent: beside.id })
  await vera.expect(403, 'POST', `/documents/${below.id}/move`, { after: null })
})

test('[TREE-3] deleting a page asks what happens to those below it', async () => {
  const space = await newSpace(ana)
  const top = await newPage(ana, 'Top', { space: space.id })
  const child = await newPage(ana, 'Child', { parent: top.id })
  await newPage(ana, 'Leaf', { parent: child.id })
  assert.equal((await ana.expect(409, 'DELETE', `/documents/${top.id}`)).body.code, 'has-children')
  await ana.expect(400, 'DELETE', `/documents/${top.id}?children=burn`)
  await ana.expect(200, 'DELETE', `/documents/${top.id}?children=trash`)
  await ana.expect(410, 'POST', `/documents/${child.id}/move`, { after: null })
  assert.deepEqual(await level(ana, space.id), [])
  await ana.expect(200, 'POST', `/documents/${top.id}/restore`)
  assert.deepEqual([await level(ana, space.id), await level(ana, space.id, child.id)], [['Top+'], ['Leaf']])
  await ana.expect(200, 'DELETE', `/documents/${top.id}?children=keep`)
  assert.deepEqual(await level(ana, space.id), ['Child+'])
  await ana.expect(410, 'POST', '/documents', { title: 'New', parent: top.id })
  await ana.expect(200, 'DELETE', `/documents/${child.id}?children=trash`)
  await ana.expect(204, 'POST', `/documents/${child.id}/purge`)
  const trashed = (await ana.expect(200, 'GET', '/documents?trashed=true')).body.items.map(({ title }) => title)
  assert.ok(!trashed.includes('Leaf') && trashed.includes('Top'), 'what went with it is purged with it')
})

test('[TREE-3] a document is purged when its days in the trash are over', async () => {
  const own = await Server.start({ args: [], env: { CONSILIUM_DATABASE_URL: undefined, CONSILIUM_TRASH_DAYS: '30' } })
  const owns = await owner(own)
  const [old, young] = [await newPage(owns, 'Old'), await newPage(owns, 'Young')]
  for (const { id } of [old, young]) await owns.expect(200, 'DELETE', `/documents/${id}`)
  await own.kill()
  const age = "import sqlite3, sys; rows = sqlite3.connect(sys.argv[1]); rows.execute(\"update document set trashed_at = '2020-01-01T00:00:00+00:00' where title = 'Old'\"); rows.commit()"
  execFileSync('python3', ['-c', age, path(own.data, 'consilium.db')])
  await own.restart()
  await until(async () => (await owns.call('GET', `/documents/${old.id}`)).status === 404, 'the old one is gone', 30_000)
  assert.ok((await owns.expect(200, 'GET', `/documents/${young.id}`)).body.trashed_at)
  await own.stop()
})

test('[SPACE-2] a personal space of a member who leaves is found by admins, without a name of an erased person', async () => {
  const leo = await join(ana, 'analyst', 'Leo')
  const [own] = (await leo.expect(200, 'GET', '/spaces')).body
  await newPage(leo, 'Notes', {})
  await ana.expect(204, 'DELETE', `/members/${leo.id}`)
  const found = (await ana.expect(200, 'GET', '/spaces')).body.find(({ id }) => id === own.id)
  assert.deepEqual([found.name, found.owner_id, found.open_level], ['Leo', null, null])
  assert.deepEqual(await level(ana, own.id), ['Notes'])
  await mona.expect(404, 'GET', `/spaces/${own.id}`)
})
