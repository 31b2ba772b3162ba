// Ways out: pages and spaces as plain files.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { join, newPage, owner } from './people.mjs'
import { Server } from './server.mjs'
import { unpacked } from './unpacked.mjs'

let server, ana, ben

before(async () => {
  server = await Server.start({ args: [] })
  ana = await owner(server)
  ben = await join(ana, 'analyst', 'Ben')
})
after(() => server.stop())


test('[OUT-1] [OUT-2] a space is exported as Markdown in folders like its tree, with files beside and relative links', async () => {
  const space = (await ana.expect(201, 'POST', '/spaces', { name: 'Strategy / 2027', open_level: 'view' })).body
  const top = await newPage(ana, { title: 'Plan: "A/B"', space: space.id, kind: 'strategy_plan', tags: ['2027', 'a: b'], icon: '🧭' })
  const below = await newPage(ana, { title: 'Market', parent: top.id }, '# North\n')
  const twin = await newPage(ana, { title: 'market', parent: top.id }, 'Twin.\n')
  const elsewhere = await newPage(ana, { title: 'Elsewhere' }, 'Not here.\n')
  const { id: file } = (await ana.expect(201, 'POST', `/documents/${top.id}/attachments?name=numbers.csv`, Buffer.from('a,b\n'), { 'content-type': 'application/octet-stream' })).body
  const { etag } = await ana.expect(200, 'GET', `/documents/${top.id}/content`)
  const link = (page) => `[x](</documents/${page.id}> "Page")`
  await ana.expect(204, 'PUT', `/documents/${top.id}/content`, `See ${link(below)}, ${link(twin)} and ${link(elsewhere)}.\n\n![numbers.csv](<file:${file}>)\n`, { 'if-match': etag, 'content-type': 'text/markdown' })

  const { name, files } = await unpacked(ben, `/spaces/${space.id}/export`)
  assert.equal(name, 'attachment; filename="Strategy 2027.zip"')
  assert.deepEqual(Object.keys(files).sort(), ['Plan A B.md', 'Plan A B/Market.md', 'Plan A B/market 2.md', 'files/numbers.csv'])
  assert.equal(files['files/numbers.csv'], 'a,b\n')
  const [, front, text] = /^---\n(.*?)\n---\n\n(.*)$/s.exec(files['Plan A B.md'])
  assert.equal(text, `See [Market](<Plan A B/Market.md>), [market](<Plan A B/market 2.md>) and [Page](</documents/${elsewhere.id}> "Page").\n\n![numbers.csv](<files/numbers.csv>)\n`)
  const lines = Object.fromEntries(front.split('\n').map((line) => [line.split(': ')[0], line.slice(line.indexOf(': ') + 2)]))
  assert.deepEqual([lines.id, JSON.parse(lines.title), JSON.parse(lines.kind), JSON.parse(lines.tags)], [top.id, 'Plan: "A/B"', 'strategy_plan', ['2027', 'a: b']])
  assert.match(files['Plan A B/Market.md'], /\n\n# North\n$/)
})

test('[OUT-3] an export has what the caller may read, and reads of confidential pages are recorded', async () => {
  const space = (await ana.expect(201, 'POST', '/spaces', { name: 'Board', open_level: 'view' })).body
  const top = await newPage(ana, { title: 'Open', space: space.id }, 'Open.\n')
  await newPage(ana, { title: 'Closed', parent: top.id, inherits: false }, 'Closed.\n')
  const secret = await newPage(ana, { title: 'Secret', parent: top.id, sensitivity: 'confidential' }, 'Secret.\n')
  await ana.expect(200, 'DELETE', `/documents/${(await newPage(ana, { title: 'Gone', parent: top.id }, 'Gone.\n')).id}`)
  assert.deepEqual(Object.keys((await unpacked(ben, `/documents/${top.id}/export`)).files).sort(), ['Open.md', 'Open/Secret.md'])
  assert.deepEqual(Object.keys((await unpacked(ana, `/documents/${top.id}/export`)).files).sort(), ['Open.md', 'Open/Closed.md', 'Open/Secret.md'])
  const { items } = (await ana.expect(200, 'GET', '/audit?action=document.read')).body
  assert.ok(items.some(({ resource_id, actor_id }) => resource_id === secret.id && actor_id === ben.id), JSON.stringify(items.slice(0, 2)))
  const own = await newPage(ana, { title: 'Mine' }, 'Mine.\n')
  await ben.expect(404, 'GET', `/documents/${own.id}/export`)
  const [personal] = (await ana.expect(200, 'GET', '/spaces')).body
  await ben.expect(404, 'GET', `/spaces/${personal.id}/export`)
})
