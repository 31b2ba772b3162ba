// Concurrent requests: one removes an object while another adds to it, and many reach a limit at the same time.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { join, owner } from './people.mjs'
import { Server, until } from './server.mjs'

const BYTES = { 'content-type': 'application/octet-stream' }
let server, ana

before(async () => {
  server = await Server.start({ args: [], env: { CONSILIUM_IMPORT_BYTES: String(6 << 20), CONSILIUM_REQUESTS_PER_MINUTE_OF_SESSION: '100000' } })
  ana = await owner(server)
})
after(() => server.stop())

const times = (n, make) => Promise.all(Array.from({ length: n }, (_, at) => make(at)))

test('[REST-5] what is added to a space or a group that is removed at the same moment gets a refusal, never a 500', async () => {
  const ben = await join(ana, 'analyst', 'Ben')
  const { id: page } = (await ana.expect(201, 'POST', '/documents', { title: 'Page' })).body
  const seen = new Set()
  for (let round = 0; round < 8; round++) {
    const { id: space } = (await ana.expect(201, 'POST', '/spaces', { name: `Space ${round}`, open_level: 'edit' })).body
    const { group_id: group } = (await ana.expect(201, 'POST', '/groups', { name: `Group ${round}` })).body
    const answers = await Promise.all([
      ana.call('POST', '/documents', { title: 'In it', space }),
      ana.call('PUT', `/spaces/${space}/members/${ben.id}`, { level: 'edit' }),
      ana.call('PUT', `/me/watches/spaces/${space}`),
      ana.call('POST', '/imports', { space }),
      ana.call('DELETE', `/spaces/${space}`),
      ana.call('PUT', `/documents/${page}/group-shares/${group}`, { level: 'edit' }),
      ana.call('PUT', `/groups/${group}/members/${ben.id}`),
      ana.call('DELETE', `/groups/${group}`),
    ])
    for (const { status } of answers) seen.add(status)
    const { items } = (await ana.expect(200, 'GET', '/imports')).body
    for (const { id, state } of items) if (state === 'open') await ana.call('POST', `/imports/${id}/cancel`)
  }
  assert.deepEqual([...seen].filter((status) => status >= 500), [])
})

test('[FIND-11] [OUT-4] [IN-4] limits hold for requests that arrive at the same moment', async () => {
  const eva = await join(ana, 'analyst', 'Eva')
  const made = (answers, status) => answers.filter((answer) => answer.status === status).length
  await times(95, (n) => eva.expect(201, 'POST', '/search/saved', { name: `n${n}`, query: 'x' }))
  assert.equal(made(await times(20, (n) => eva.call('POST', '/search/saved', { name: `m${n}`, query: 'x' })), 201), 5)
  assert.equal(made(await times(20, () => eva.call('POST', '/imports', {})), 201), 10)
  const { id } = (await eva.expect(200, 'GET', '/imports')).body.items[0]
  const file = Buffer.alloc(5 << 20, 'words ')
  assert.equal(made(await times(6, (n) => eva.call('POST', `/imports/${id}/files?path=${n}.md`, file, BYTES)), 204), 1)
  assert.ok((await eva.expect(200, 'GET', `/imports/${id}`)).body.bytes <= 6 << 20)
  const { id: page } = (await eva.expect(201, 'POST', '/documents', { title: 'Page' })).body
  assert.equal(made(await times(20, () => eva.call('POST', '/exports', { document: page })), 202), 10)
})

test('[AUDIT-4] a person who is erased stays erased, whatever they had begun', async () => {
  for (let round = 0; round < 4; round++) {
    const cy = await join(ana, 'manager', `Cy${round}`)
    await Promise.all([
      ...[0, 1, 2].map(() => cy.call('PATCH', '/me', { name: 'Zombie', department: 'Zombies' })),
      ana.call('POST', `/members/${cy.id}/erase`),
      ...[0, 1, 2].map(() => cy.call('PATCH', '/me', { name: 'Zombie', department: 'Zombies' })),
      cy.call('POST', '/search/saved', { name: 'Zombie', query: 'x' }),
    ])
  }
  const members = JSON.stringify((await ana.expect(200, 'GET', '/members')).body)
  assert.doesNotMatch(members, /Zombie/)
})

test('[REST-4] a key counts in its workspace, and for the same request only; files, imports, exports and saved searches take one', async () => {
  const once = () => ({ 'idempotency-key': randomUUID() })
  const key = once()
  const first = (await ana.expect(201, 'POST', '/documents', { title: 'Weekly' }, key)).body.id
  assert.equal((await ana.expect(201, 'POST', '/documents', { title: 'Weekly' }, key)).body.id, first)
  for (const [method, path, body, headers, status] of [
    ['POST', '/documents/upload?name=a.md', '# A page', BYTES, 201],
    ['POST', '/search/saved', { name: 'Kept', query: 'x' }, {}, 201],
    ['POST', '/imports', {}, {}, 201],
    ['POST', '/exports', { document: first }, {}, 202],
  ]) {
    const same = { ...once(), ...headers }
    const one = await ana.expect(status, method, path, body, same)
    const two = await ana.expect(status, method, path, body, same)
    assert.deepEqual([two.body, two.headers.get('location')], [one.body, one.headers.get('location')], path)
  }
  const file = { ...once(), ...BYTES }
  await ana.expect(201, 'POST', '/documents/upload?name=b.md', '# B', file)
  assert.equal((await ana.expect(422, 'POST', '/documents/upload?name=c.md', '# B', file)).body.code, 'idempotency-key-reused')
  await ana.expect(201, 'POST', '/workspaces', { name: 'Second' })
  const second = (await ana.expect(200, 'GET', '/workspaces')).body.find(({ name }) => name === 'Second')
  await ana.expect(204, 'PUT', '/me/workspace', { workspace_id: second.workspace_id })
  assert.notEqual((await ana.expect(201, 'POST', '/documents', { title: 'Weekly' }, key)).body.id, first)
})
