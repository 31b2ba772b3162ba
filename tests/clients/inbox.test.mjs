// Notifications reach the people concerned once, in the inbox and on open pages, and never reveal what they may not
// see.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { join, owner } from './people.mjs'
import { Server, until } from './server.mjs'

let server, ana, ben, carl, id

before(async () => {
  server = await Server.start({ args: [] })
  ana = await owner(server)
  ben = await join(ana, 'analyst', 'Ben')
  carl = await join(ana, 'analyst', 'Carl')
  id = (await ana.expect(201, 'POST', '/documents', { title: 'Plan' })).body.id
})
after(() => server.stop())

const inbox = async (person, query = '') => (await person.expect(200, 'GET', `/inbox${query}`)).body.items
const kinds = async (person) => (await inbox(person, '?unread=true')).map(({ kind, actor }) => [kind, actor.name])

test('[INBOX-1] shares, mentions, answers and decisions notify the person concerned, on open pages within a second', async () => {
  await ana.expect(204, 'PUT', `/documents/${id}/shares/${ben.id}`, { level: 'comment' })
  await ana.expect(204, 'PUT', `/documents/${id}/shares/${carl.id}`, { level: 'edit' })
  assert.deepEqual(await kinds(ben), [['share', 'Ana']])
  const { group_id: group } = (await ana.expect(201, 'POST', '/groups', { name: 'Board' })).body
  await ana.expect(204, 'PUT', `/groups/${group}/members/${carl.id}`)

  const open = ana.open(id)
  await until(() => open.heard.scopes.length > 0, 'Ana is in')
  open.provider.sendStateless(JSON.stringify({ t: 'hello', document: id }))
  await until(() => open.heard.told.length > 0, 'she is known as a page')
  const since = Date.now()
  const thread = (await ben.expect(201, 'POST', `/documents/${id}/threads`, {
    body: 'Too slow? @Ana @Board', mentions: [{ kind: 'account', id: ana.id }, { kind: 'group', id: group }, { kind: 'account', id: ben.id }],
  })).body
  await until(() => open.heard.told.some(({ t }) => t === 'inbox'), "Ana's page hears of it")
  assert.ok(Date.now() - since < 5_000, `after ${Date.now() - since} ms`)
  const [called] = await inbox(ana)
  assert.deepEqual([called.kind, called.must_do, called.title, called.thread_id, called.excerpt, called.actor.name], ['mention', true, 'Plan', thread.thread_id, 'Too slow? @Ana @Board', 'Ben'])
  assert.deepEqual(await kinds(carl), [['mention', 'Ben'], ['share', 'Ana']])
  assert.deepEqual(await kinds(ben), [['share', 'Ana']], 'nobody is notified of their own actions')

  const at = `/documents/${id}/threads/${thread.thread_id}`
  await carl.expect(201, 'POST', `${at}/comments`, { body: 'It is. @Ben', mentions: [{ kind: 'account', id: ben.id }] })
  await ana.expect(201, 'POST', `${at}/comments`, { body: 'We will see.' })
  assert.deepEqual(await kinds(ben), [['reply', 'Ana'], ['mention', 'Carl'], ['share', 'Ana']])
  assert.deepEqual(await kinds(carl), [['reply', 'Ana'], ['mention', 'Ben'], ['share', 'Ana']])
  await carl.expect(200, 'POST', `${at}/resolve`, { outcome: 'deferred' })
  assert.deepEqual((await kinds(ben))[0], ['decided', 'Carl'])
  open.end()
})

test('[INBOX-1] pages at the same node are notified at once of shares through a group, and of resolved threads', async () => {
  const other = (await ana.expect(201, 'POST', '/documents', { title: 'Budget' })).body.id
  const { group_id: group } = (await ana.expect(201, 'POST', '/groups', { name: 'Readers' })).body
  await ana.expect(204, 'PUT', `/groups/${group}/members/${carl.id}`)
  const open = carl.open(id)
  await until(() => open.heard.scopes.length > 0, 'Carl is in')
  open.provider.sendStateless(JSON.stringify({ t: 'hello', document: id }))
  await until(() => open.heard.told.length > 0, 'he is known as a page')
  const hears = async (what, act) => {
    open.heard.told.length = 0
    const since = Date.now()
    await act()
    await until(() => open.heard.told.some(({ t }) => t === what), `Carl's page hears "${what}"`)
    // Without the notification at commit it would take up to ten seconds.
    assert.ok(Date.now() - since < 5_000, `after ${Date.now() - since} ms`)
  }
  await hears('inbox', () => ana.expect(204, 'PUT', `/documents/${other}/group-shares/${group}`, { level: 'view' }))
  const { thread_id } = (await ana.expect(201, 'POST', `/documents/${id}/threads`, { body: 'Done?' })).body
  await hears('comments', () => ana.expect(200, 'POST', `/documents/${id}/threads/${thread_id}/resolve`, { outcome: 'done' }))
  await ana.expect(200, 'DELETE', `/documents/${other}`)
  open.end()
})

test('[INBOX-2] read notifications stay read, for their reader only', async () => {
  const [newest, ...rest] = await inbox(ben, '?unread=true')
  await carl.expect(204, 'POST', '/inbox/read', { notifications: [newest.notification_id] })
  assert.equal((await inbox(ben, '?unread=true')).length, rest.length + 1)
  await ben.expect(204, 'POST', '/inbox/read', { notifications: [newest.notification_id] })
  assert.deepEqual(await inbox(ben, '?unread=true'), rest)
  assert.ok((await inbox(ben))[0].read_at)
  await ben.expect(204, 'POST', '/inbox/read', {})
  assert.deepEqual(await inbox(ben, '?unread=true'), [])
  const all = await inbox(ben)
  const paged = []
  for (let cursor = ''; ; ) {
    const { items, next } = (await ben.expect(200, 'GET', `/inbox?limit=1${cursor}`)).body
    paged.push(...items)
    if (!next) break
    cursor = `&cursor=${next}`
  }
  assert.deepEqual(paged, all)
  await ben.expect(422, 'POST', '/inbox/read', { notifications: Array(201).fill(newest.notification_id) })
})

test('[INBOX-3] notifications about documents that are no longer visible are not in the inbox', async () => {
  assert.ok((await inbox(carl)).length > 0)
  await ana.expect(204, 'DELETE', `/documents/${id}/shares/${carl.id}`)
  assert.deepEqual(await inbox(carl), [])
  await ana.expect(204, 'PUT', `/documents/${id}/shares/${carl.id}`, { level: 'view' })
  assert.ok((await inbox(carl)).length > 0)
  await ana.expect(200, 'DELETE', `/documents/${id}`)
  assert.deepEqual(await inbox(carl), [])
})

test('[INBOX-1] a suggestion is announced as one, to the owner and to those who watch', async () => {
  const plan = (await ana.expect(201, 'POST', '/documents', { title: 'Harbour', open_level: 'comment' })).body.id
  await ana.expect(204, 'PUT', `/documents/${plan}/content`, 'Four boats.\n', { 'content-type': 'text/markdown', 'if-match': '"0"' })
  const dora = await join(ana, 'analyst', 'Dora')
  await dora.expect(204, 'PUT', `/me/watches/documents/${plan}`)
  const { thread_id } = (await ben.expect(201, 'POST', `/documents/${plan}/threads`, { body: 'More.', passage: { from: 0, to: 4 }, replacement: 'Five' })).body
  // That the text was edited is announced later, at any moment.
  const newest = async (person) => (({ kind, excerpt, thread_id: thread }) => [kind, excerpt, thread])((await inbox(person)).find(({ kind }) => kind !== 'watched-edited'))
  assert.deepEqual(await newest(ana), ['suggestion', 'More.', thread_id])
  assert.deepEqual(await newest(dora), ['watched-suggestion', 'More.', thread_id])
  // The next notification about this document is that of a comment.
  await dora.expect(201, 'POST', `/documents/${plan}/threads/${thread_id}/comments`, { body: 'Six.' })
  assert.deepEqual(await newest(ana), ['comment', 'Six.', thread_id])
})
