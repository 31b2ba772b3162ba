// Text over REST: read in every format, and written as Markdown and JSON into a document that people are editing.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import * as Y from 'yjs'
import { join, owner } from './people.mjs'
import { Server, until } from './server.mjs'

const MARKDOWN = { 'content-type': 'text/markdown' }
let server, ana

before(async () => {
  server = await Server.start({ args: [] })
  ana = await owner(server)
})
after(() => server.stop())

const make = async (title, more) => (await ana.expect(201, 'POST', '/documents', { title, ...more })).body

/** The text of our editor's root, as a stock client sees it. */
const lines = (doc) => doc.getXmlFragment('default').toArray().map((node) => node.toString().replace(/<[^>]*>/g, ''))

test('[PROSE-8] content is written with If-Match, and appears for everybody who has the document open', async () => {
  const path = `/documents/${(await make('Plan')).id}/content`
  const empty = await ana.expect(200, 'GET', path)
  assert.equal(empty.body, '')
  await ana.expect(428, 'PUT', path, '# Plan', MARKDOWN)
  await ana.expect(415, 'PUT', path, '# Plan', { 'content-type': 'text/html', 'if-match': empty.etag })
  const first = await ana.expect(204, 'PUT', path, '# Plan\n\nWe grow in the **north**.\n', { ...MARKDOWN, 'if-match': empty.etag })
  assert.equal((await ana.expect(412, 'PUT', path, 'late', { ...MARKDOWN, 'if-match': empty.etag })).body.code, 'precondition-failed')

  const open = ana.open(path.split('/')[2])
  await until(() => open.provider.synced, 'synced')
  assert.deepEqual(lines(open.provider.document), ['Plan', 'We grow in the north.'])
  const json = (await ana.expect(200, 'GET', `${path}?format=json`)).body
  json.content[1].content[0].text = 'We shrink in the '
  const second = await ana.expect(204, 'PUT', path, json, { 'if-match': first.etag })
  await until(() => lines(open.provider.document)[1] === 'We shrink in the north.', 'the open document changes')
  assert.equal((await ana.expect(204, 'PUT', path, json, { 'if-match': second.etag })).etag, second.etag, 'nothing new makes no version')

  // Typing makes the version that a writer has read outdated.
  open.provider.document.getXmlFragment('default').get(1).get(0).insert(0, 'Now: ')
  await until(() => open.provider.unsyncedChanges === 0, 'saved')
  await ana.expect(412, 'PUT', path, json, { 'if-match': second.etag })
  assert.equal((await ana.expect(200, 'GET', path)).body, '# Plan\n\nNow: We shrink in the **north**.\n')
  assert.equal((await ana.expect(200, 'GET', `${path}?format=html`)).body, '<h1>Plan</h1><p>Now: We shrink in the <strong>north</strong>.</p>')
  open.end()
})

test('[PROSE-2] content that the editor would delete is refused with its place', async () => {
  const path = `/documents/${(await make('Refused')).id}/content`
  const { etag } = await ana.expect(200, 'GET', path)
  const script = { type: 'doc', content: [{ type: 'script' }] }
  const refused = await ana.expect(422, 'PUT', path, script, { 'if-match': etag })
  assert.equal(refused.body.code, 'invalid-content')
  assert.match(refused.body.detail, /content\[0\]: the editor has no script/)
  await ana.expect(400, 'PUT', path, '{', { 'content-type': 'application/json', 'if-match': etag })
  await ana.expect(413, 'PUT', path, 'x'.repeat(5 << 20), { ...MARKDOWN, 'if-match': etag })
  assert.equal((await ana.expect(200, 'GET', path)).etag, etag)
})

test('[E1] [E4] [PROSE-13] [PROSE-18] one word of Markdown changes one word of the open document, and its own marks stay', async () => {
  const { id } = await make('One word')
  const path = `/documents/${id}/content`
  const { etag } = await ana.expect(200, 'GET', path)
  const text = '\u{3000}Look out! We grow in the north.\n\n| a | b |\n| --- | --- |\n| `x\\|y` | [z](<https://example.org/p|q>) |\n'
  await ana.expect(204, 'PUT', path, text.replace('p|q', 'p&#124;q').replace('\u{3000}', '&#12288;'), { ...MARKDOWN, 'if-match': etag })
  const open = ana.open(id)
  await until(() => open.provider.synced, 'synced')
  const fragment = open.provider.document.getXmlFragment('default')
  const line = fragment.get(0).get(0)
  line.format(line.toString().indexOf('north'), 5, { 'remark--7': { thread: 7 } })
  fragment.get(0).setAttribute('ownColor', 'red')
  await until(() => open.provider.unsyncedChanges === 0, 'saved')
  const before = fragment.toString()
  const read = await ana.expect(200, 'GET', path)
  await ana.expect(204, 'PUT', path, read.body, { ...MARKDOWN, 'if-match': read.etag })
  await ana.expect(204, 'PUT', path, read.body.replace('north', 'south'), { ...MARKDOWN, 'if-match': read.etag })
  const wanted = before.replace('north', 'south')
  await until(() => fragment.toString() === wanted, () => `${fragment}\nis not\n${wanted}`)
  assert.match(wanted, /<remark--7[^>]*>south/)
  const json = await ana.expect(200, 'GET', `${path}?format=json`)
  const write = (body, status) => ana.expect(status, 'PUT', path, body, { 'content-type': 'application/json', 'if-match': json.etag })
  const exact = JSON.stringify(json.body)
  const unknown = await write(exact.replace('remark', 'unheardOf'), 422)
  assert.match(unknown.body.detail, /the editor has no mark unheardOf/)
  await write(exact.replace('south', 'east'), 204)
  const third = wanted.replace('south', 'east')
  await until(() => fragment.toString() === third, () => `${fragment}\nis not\n${third}`)
  open.end()
})

test('[PERM-4] a commenter cannot write content over REST either', async () => {
  const vera = await join(ana, 'viewer', 'Vera')
  const { id } = await make('Read me', { open_level: 'comment' })
  const path = `/documents/${id}/content`
  const { etag } = await vera.expect(200, 'GET', path)
  await vera.expect(403, 'PUT', path, 'graffiti', { ...MARKDOWN, 'if-match': etag })
  await ana.expect(403, 'PUT', path, 'graffiti', { ...MARKDOWN, 'if-match': etag, origin: 'https://evil.example' })
})

test('[PROSE-9] of concurrent writes to one version one succeeds, and the others get 412', async () => {
  const path = `/documents/${(await make('Race')).id}/content`
  const empty = await ana.expect(200, 'GET', path)
  // Large enough that all have read the version before the first write.
  const book = Array.from({ length: 2_000 }, (_, n) => `Paragraph ${n} of *many*.`).join('\n\n') + '\n'
  const { etag } = await ana.expect(204, 'PUT', path, book, { ...MARKDOWN, 'if-match': empty.etag })
  const versions = Array.from({ length: 8 }, (_, n) => book.replace(`Paragraph ${n * 100} `, `Section ${n * 100} `))
  const answers = await Promise.all(versions.map((version) => ana.call('PUT', path, version, { ...MARKDOWN, 'if-match': etag })))
  const statuses = answers.map(({ status }) => status)
  assert.deepEqual(statuses.toSorted(), [204, ...Array(7).fill(412)])
  assert.equal((await ana.expect(200, 'GET', path)).body, versions[statuses.indexOf(204)])
})

test('[PROSE-10] a state written while somebody types gives the same text in Yjs', async () => {
  const { id } = await make('Together')
  const path = `/documents/${id}/content`
  let { etag } = await ana.expect(200, 'GET', path)
  const text = Array.from({ length: 50 }, (_, n) => `Paragraph ${n} has *some* words.`).join('\n\n')
  ;({ etag } = await ana.expect(204, 'PUT', path, text, { ...MARKDOWN, 'if-match': etag }))
  const open = ana.open(id)
  await until(() => open.provider.synced, 'synced')
  const fragment = open.provider.document.getXmlFragment('default')
  for (let n = 0; n < 20; n++) {
    fragment.get(n * 2).get(0).insert(0, `(${n}) `)
    const read = await ana.expect(200, 'GET', path)
    const changed = read.body.replace(`Paragraph ${n * 2 + 1} `, `Section ${n * 2 + 1} `)
    const { status } = await ana.call('PUT', path, changed, { ...MARKDOWN, 'if-match': read.etag })
    assert.ok([204, 412].includes(status), String(status))
  }
  await until(() => open.provider.unsyncedChanges === 0, 'saved')
  const stored = new Y.Doc()
  const response = await fetch(`${server.url}/api/v1/documents/${id}/state`, { headers: { cookie: ana.cookie } })
  Y.applyUpdate(stored, new Uint8Array(await response.arrayBuffer()))
  await until(() => stored.getXmlFragment('default').toString() === fragment.toString(), 'both read the same')
  const markdown = (await ana.expect(200, 'GET', path)).body
  for (let n = 0; n < 20; n++) assert.ok(markdown.includes(`(${n}) `), `what was typed is there: ${n}`)
  open.end()
})

test('[SYNC-8] nothing but XML nodes can be added among the nodes of the editor', async () => {
  const { id } = await make('Declared')
  const path = `/documents/${id}/content`
  const { etag } = await ana.expect(200, 'GET', path)
  await ana.expect(204, 'PUT', path, 'Sound words.', { ...MARKDOWN, 'if-match': etag })
  const open = ana.open(id)
  const told = []
  open.provider.on('stateless', ({ payload }) => told.push(JSON.parse(payload).code))
  await until(() => open.provider.synced, 'synced')
  // Another client of the same person uses the root as a text, which no editor could show.
  const rough = new Y.Doc()
  rough.getText('default').insert(0, 'bare words')
  open.provider.document.transact(() => Y.applyUpdate(open.provider.document, Y.encodeStateAsUpdate(rough)))
  await until(() => told.includes('root-mismatch'), () => `told ${told}`)
  assert.equal((await ana.expect(200, 'GET', path)).body, 'Sound words.\n')
  open.end()
})

test('[F8] a headless document whose root is of another type is read, and only what is declared is checked', async () => {
  const own = await Server.start({ env: { CONSILIUM_HEADLESS_XML_ROOTS: '{ "plans/*" = ["default"] }' } })
  const put = async (name, doc) => {
    const url = `${own.url}/api/v1/documents/${encodeURIComponent(name)}/state`
    const response = await fetch(url, { method: 'PUT', body: Y.encodeStateAsUpdate(doc) })
    return response.status === 204 ? 'taken' : (await response.json()).code
  }
  const get = async (name) => {
    const response = await fetch(`${own.url}/api/v1/documents/${encodeURIComponent(name)}/content`)
    return response.ok ? response.text() : (await response.json()).code
  }
  const text = new Y.Doc()
  text.getText('default').insert(0, 'bare words')
  assert.equal(await put('notes', text), 'taken')
  assert.equal(await get('notes'), 'bare words\n')
  assert.equal(await put('plans/1', text), 'root-mismatch')
  const nodes = new Y.Doc()
  const paragraph = new Y.XmlElement('paragraph')
  nodes.getXmlFragment('default').push([paragraph])
  paragraph.push([new Y.XmlText('in a node')])
  assert.equal(await put('plans/2', nodes), 'taken')
  assert.equal(await get('plans/2'), 'in a node\n')
  await own.stop()
})
