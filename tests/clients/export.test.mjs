// Exports: pages and spaces as plain files.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { after, before, test } from 'node:test'
import { everything } from './everything.mjs'
import { join, newPage, owner } from './people.mjs'
import { Server, until } from './server.mjs'
import { unpacked } from './unpacked.mjs'

const WITHIN = 60_000
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

/** An export in the background, when it is done. */
const exportedAs = async (person, wish) => {
  const { id } = (await person.expect(202, 'POST', '/exports', wish)).body
  let view
  await until(async () => !['waiting', 'working'].includes((view = (await person.expect(200, 'GET', `/exports/${id}`)).body).state), () => `the export ends: ${JSON.stringify(view)}`, WITHIN)
  assert.equal(view.state, 'done', JSON.stringify(view))
  return view
}
const bytesOf = async (person, id) => Buffer.from(await (await fetch(`${person.server.url}/api/v1/exports/${id}/file`, { headers: { cookie: person.cookie } })).arrayBuffer())

test('[OUT-4] the workspace is exported in the background with comments and versions, by admins, and can be downloaded until it is removed', async () => {
  await ben.expect(403, 'POST', '/exports', {})
  const page = await newPage(ben, { title: 'Private notes' }, 'Words of Ben.\n')
  await ben.expect(201, 'POST', `/documents/${page.id}/threads`, { body: 'Hm', passage: { from: 0, to: 5 } })
  await ben.expect(201, 'POST', `/documents/${page.id}/revisions`, { name: 'Then' })
  const view = await exportedAs(ana, { comments: true, revisions: true })
  const { files } = await unpacked(ana, `/exports/${view.id}/file`)
  const names = Object.keys(files)
  assert.ok(names.includes('consilium.json') && names.some((name) => name.startsWith('Strategy 2027/Plan A B')), names.join('\n'))
  const own = names.find((name) => name.endsWith('Private notes.md'))
  assert.match(own, /^Pages of Ben\//)
  assert.equal(JSON.parse(files[own.replace('.md', '.comments.json')])[0].comments[0].body, 'Hm')
  const version = names.find((name) => name.includes('Private notes.revisions/'))
  assert.deepEqual([JSON.parse(files[version]).name, JSON.parse(files[version]).doc.content[0].content[0].text], ['Then', 'Words of Ben.'])
  await ben.expect(404, 'GET', `/exports/${view.id}/file`)
  await ana.expect(204, 'DELETE', `/exports/${view.id}`)
  await ana.expect(404, 'GET', `/exports/${view.id}/file`)
})

test('[OUT-4] [SAVE-25] [PERM-12] an archive is for those who may still export it, and is gone with a page that is purged', async () => {
  const dan = await join(ana, 'admin', 'Dan')
  const page = await newPage(dan, { title: 'For a moment' }, 'Words that go.\n')
  const other = await newPage(dan, { title: 'It stays' }, 'Words that stay.\n')
  const all = await exportedAs(dan, {})
  const one = await exportedAs(dan, { document: page.id })
  await ana.expect(204, 'PATCH', `/members/${dan.id}`, { role: 'viewer' })
  await dan.expect(403, 'GET', `/exports/${all.id}/file`)
  await ana.expect(204, 'PATCH', `/members/${dan.id}`, { role: 'admin' })
  await unpacked(dan, `/exports/${one.id}/file`)
  await dan.expect(200, 'DELETE', `/documents/${page.id}`)
  const later = await exportedAs(dan, { document: other.id })
  await dan.expect(204, 'POST', `/documents/${page.id}/purge`)
  await until(async () => (await dan.expect(200, 'GET', '/exports')).body.items.length === 1, 'the archives are removed')
  for (const { id } of [all, one]) await dan.expect(404, 'GET', `/exports/${id}/file`)
  // It was made when the page was in the trash.
  await unpacked(dan, `/exports/${later.id}/file`)
})

test('[OUT-5] export, import and export again give the same bytes, with every node of the editor', async () => {
  const other = await Server.start({ args: [] })
  try {
    const zoe = await owner(other, 'Zoe')
    const space = (await ana.expect(201, 'POST', '/spaces', { name: 'Round trip' })).body.id
    const top = await newPage(ana, { title: 'Top: "all"', space, tags: ['x', 'y z'], icon: '🧭', kind: 'strategy_plan', description: 'About\nnothing' })
    const below = await newPage(ana, { title: 'Below', parent: top.id }, '# Below\n\nPlain *text*.\n')
    await newPage(ana, { title: 'Above in the tree', space }, 'First.\n')
    const picture = (await ana.expect(201, 'POST', `/documents/${top.id}/attachments?name=a%20b.png&in_text=true`, PNG, { 'content-type': 'application/octet-stream' })).body.id
    const numbers = (await ana.expect(201, 'POST', `/documents/${top.id}/attachments?name=numbers.csv`, Buffer.from('a,b\n'), { 'content-type': 'application/octet-stream' })).body.id
    const { etag } = await ana.expect(200, 'GET', `/documents/${top.id}/content`)
    await ana.expect(204, 'PUT', `/documents/${top.id}/content`, JSON.stringify(everything({ picture, numbers, page: below.id })), { 'if-match': etag, 'content-type': 'application/json' })
    const first = await exportedAs(ana, { space })
    const archive = await bytesOf(ana, first.id)
    const target = (await zoe.expect(201, 'POST', '/spaces', { name: 'Round trip' })).body.id
    const { id } = (await zoe.expect(201, 'POST', '/imports', { space: target })).body
    await zoe.expect(204, 'POST', `/imports/${id}/files?path=x.zip`, archive, { 'content-type': 'application/octet-stream' })
    await zoe.expect(202, 'POST', `/imports/${id}/start`, {})
    let view
    await until(async () => ['done', 'failed'].includes((view = (await zoe.expect(200, 'GET', `/imports/${id}`)).body).state), () => JSON.stringify(view), WITHIN)
    assert.deepEqual([view.state, view.found, view.report], ['done', 'consilium', []], JSON.stringify(view))
    const second = await exportedAs(zoe, { space: target })
    const again = await bytesOf(zoe, second.id)
    assert.deepEqual(contentOf(again), contentOf(archive))
    assert.ok(again.equals(archive), 'the archives have the same bytes')
  } finally {
    await other.stop()
  }
})

const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')

/** The files of an archive as text. */
function contentOf(archive) {
  const script = 'import io,sys,json,zipfile\nz=zipfile.ZipFile(io.BytesIO(sys.stdin.buffer.read()))\nprint(json.dumps({n: z.read(n).decode("latin1") for n in z.namelist()}))'
  return JSON.parse(execFileSync('python3', ['-c', script], { input: archive, maxBuffer: 64 << 20 }))
}
