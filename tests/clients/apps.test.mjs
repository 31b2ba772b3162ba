// Rules that other people's Yjs apps rely on, with the stock clients of both families.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { FAMILIES, Y, Y14 } from './families.mjs'
import { Server, until } from './server.mjs'

let server
before(async () => (server = await Server.start()))
after(() => server.stop())

const states = ({ awareness }) => [...awareness.getStates().values()]

test('[F7] [PRES-12] after a restart of the server, idle people see each other again at once', async () => {
  const own = await Server.start()
  const clients = Object.entries(FAMILIES).map(([family, open]) => ({ family, ...open(own, 'team') }))
  const unseen = () => clients.flatMap(({ family, awareness }) => {
    const seen = [...awareness.getStates().values()].map(({ name }) => name)
    return clients.filter((other) => !seen.includes(other.family)).map((other) => `${family}: ${other.family}`)
  })
  for (const { awareness, family } of clients) awareness.setLocalStateField('name', family)
  await until(() => clients.every((client) => client.synced()) && unseen().length === 0, 'all are there')
  // Clients renew their states after 15 s, which would make them visible too.
  for (const { awareness } of clients) clearInterval(awareness._checkInterval)
  await own.kill()
  await until(() => clients.every((client) => !client.connected()), 'all are disconnected')
  await own.restart()
  await until(() => clients.every((client) => client.connected() && client.synced()), 'all are back')
  await until(() => unseen().length === 0, () => `nobody is missing: ${unseen()}`)
  for (const client of clients) client.destroy()
  await own.stop()
})

test('[F7] [PRES-13] presence of up to 64 KiB is passed on, and a larger one is refused with the limit', async () => {
  const told = []
  const open = (family, options) => FAMILIES[family](server, 'strokes', options)
  const drawer = open('@hocuspocus/provider 4.8', { onStateless: ({ payload }) => told.push(JSON.parse(payload)) })
  const other = open('y-websocket 3.0')
  await until(() => drawer.synced() && other.synced(), 'synced')
  const strokes = (length) => drawer.awareness.setLocalStateField('strokes', 's'.repeat(length))
  const seen = () => Math.max(...states(other).map(({ strokes }) => strokes?.length ?? 0))
  strokes(60_000)
  await until(() => seen() === 60_000, () => `${seen()} bytes arrived`)
  strokes(70_000)
  await until(() => told.length > 0, 'refused')
  assert.deepEqual(told, [{ t: 'refused', code: 'presence-too-large', limit: 65536 }])
  assert.equal(seen(), 60_000, 'the last good state stays')
  strokes(10)
  await until(() => seen() === 10, 'the next one is taken')
  for (const client of [drawer, other]) client.destroy()
})

/** Opens a new client on a document, and returns it once it is up to date. */
async function joined(own, family, name, options) {
  const client = FAMILIES[family](own, name, options)
  await until(() => client.synced(), `${family} is synced`)
  return client
}

test('[F6] [SYNC-25] values come back as they were written, also after a restart', async () => {
  const own = await Server.start()
  const client = await joined(own, 'y-websocket 3.1', 'values')
  const keys = (offset) => Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`key ${(index * 7 + offset) % 12}`, index]))
  const written = {
    object: keys(3), nested: [{ b: { z: 1, a: [keys(5)] }, a: null }, undefined], null: null, big: 5n, huge: 2n ** 62n,
    negativeZero: -0, fraction: 0.1, large: 2 ** 50, tiny: 1e-300, infinity: -Infinity, bytes: Uint8Array.of(0, 255, 118),
    empty: {}, none: [], text: 'a "quoted" \u0000 \u{1F600} word',
  }
  client.doc.transact(() => {
    for (const [key, value] of Object.entries(written)) client.doc.getMap('map').set(key, value)
    client.doc.getArray('list').push([written, 'between', Object.values(written)])
    const text = client.doc.getText('rich')
    text.insert(0, 'linked words', { link: keys(1), bold: true })
    text.insertEmbed(3, keys(8), { note: keys(2) })
    const element = new Y.XmlElement('image')
    client.doc.getXmlFragment('xml').insert(0, [element])
    element.setAttribute('size', keys(4))
  })
  const shape = (doc) => JSON.stringify([doc.getMap('map').toJSON(), doc.getArray('list').toJSON(), doc.getText('rich').toDelta(), doc.getXmlFragment('xml').get(0)?.getAttributes()],
    (_, value) => (typeof value === 'bigint' ? `${value}n` : Object.is(value, -0) ? '-0' : value === undefined ? 'undefined' : value))
  const expected = shape(client.doc)
  const state = async () => Buffer.from(await own.state('values')).toString('hex')
  await until(async () => (await state()) === Buffer.from(Y.encodeStateAsUpdate(client.doc)).toString('hex'), 'the state has the bytes of the client', 30_000)
  client.destroy()
  for (const restart of [false, true]) {
    if (restart) {
      await own.kill()
      await own.restart()
    }
    for (const family of ['y-websocket 1.5', '@hocuspocus/provider 4.8']) {
      const reader = await joined(own, family, 'values')
      assert.equal(shape(reader.doc), expected, `${family}, ${restart ? 'after' : 'before'} the restart`)
      reader.destroy()
    }
  }
  await own.stop()
})

for (const family of Object.keys(FAMILIES).filter((name) => !name.includes('Yjs 14'))) {
  test(`[F1] [SYNC-26] ${family}: a sub-document is kept and relayed, and is a document of its own`, async () => {
    const name = `pages of ${family}`
    const writer = await joined(server, family, name)
    const page = new Y.Doc({ guid: `page of ${family}`, meta: { z: 1, a: 2 }, autoLoad: true })
    writer.doc.getMap('pages').set('first', page)
    writer.doc.getText('text').insert(0, 'written afterwards')
    const reader = await joined(server, family, name)
    await until(() => reader.doc.getText('text').toString() === 'written afterwards', 'later edits arrive')
    const copy = reader.doc.getMap('pages').get('first')
    assert.deepEqual([copy.guid, JSON.stringify(copy.meta), copy.autoLoad], [page.guid, '{"z":1,"a":2}', true])
    const [here, there] = [await joined(server, family, page.guid, { doc: page }), await joined(server, family, copy.guid, { doc: copy })]
    page.getText('text').insert(0, 'inside')
    await until(() => copy.getText('text').toString() === 'inside', 'the page is shared by its guid')
    writer.doc.getMap('pages').delete('first')
    await until(() => !reader.doc.getMap('pages').has('first'), 'it can be removed')
    for (const client of [writer, reader, here, there]) client.destroy()
  })
}

for (const family of ['y-websocket 2.1', 'y-websocket 3.1', '@hocuspocus/provider 2.15', '@hocuspocus/provider 4.8']) {
  test(`[F2] [LIMIT-6] ${family}: a message that is too large to be read is sent once, not at each reconnect`, async () => {
    const name = `huge for ${family}`
    const told = []
    // Before: without sign-in, the penalty is remembered by address.
    const neighbour = await joined(server, 'y-websocket 3.0', name)
    const client = await joined(server, family, name, { onStateless: ({ payload }) => told.push(JSON.parse(payload).code) })
    let ends = 0
    const socket = client.provider.configuration?.websocketProvider ?? client.provider
    socket.on(family.includes('hocus') ? 'close' : 'connection-close', () => ends++)
    client.doc.getText('text').insert(0, 'x'.repeat(26 << 20))
    await until(() => ends === 1, 'the socket is closed')
    if (family.includes('2.15')) {
      // After 1009, this client does not reconnect on its own.
      assert.equal(client.connected(), false)
      for (const one of [client, neighbour]) one.destroy()
      return
    }
    await until(() => client.synced() && client.connects > 1, 'it has come back')
    if (family.includes('hocus')) await until(() => told.includes('message-too-large'), 'it is told')
    neighbour.doc.getMap('map').set('words', 'from a neighbour')
    await until(() => client.doc.getMap('map').get('words') === 'from a neighbour', 'it still reads')
    const [closes, connects] = [ends, client.connects]
    for (let edit = 0; edit < 20; edit++) client.doc.getText('text').insert(0, 'more ')
    neighbour.doc.getMap('map').set('words', 'again')
    await until(() => client.doc.getMap('map').get('words') === 'again', 'it still reads')
    assert.deepEqual([ends, client.connects], [closes, connects], 'it stays connected')
    assert.equal(closes, 1)
    for (const one of [client, neighbour]) one.destroy()
  })
}

test('[F8] [PROSE-15] content says where there is content when there is no text, or more than one', async () => {
  const content = (name, options) => fetch(`${server.url}/api/v1/documents/${name}/content`, options)
  const fill = {
    store: ['store', (doc) => doc.getMap('store').set('key', 1)],
    list: ['list', (doc) => doc.getArray('list').push([1])],
    two: ['body, title', (doc) => ['title', 'body'].forEach((root) => doc.getText(root).insert(0, `the ${root}`))],
  }
  for (const [name, [roots, write]] of Object.entries(fill)) {
    const client = await joined(server, 'y-websocket 3.1', name)
    client.doc.transact(() => write(client.doc))
    await until(async () => (await content(name)).status === 409, `the roots of ${name} are named`)
    const { code, detail } = await (await content(name)).json()
    assert.deepEqual([code, detail.endsWith(`under: ${roots}.`)], ['other-roots', true], detail)
    const seq = (await fetch(`${server.url}/api/v1/documents/${name}/state`)).headers.get('etag')
    const written = await content(name, { method: 'PUT', body: 'text', headers: { 'content-type': 'text/markdown', 'if-match': seq } })
    assert.equal(written.status, 409)
    assert.equal(client.doc.getXmlFragment('default').length, 0, 'no second root')
    client.destroy()
  }
  assert.equal(await (await fetch(`${server.url}/api/v1/documents/two/content?root=title`)).text(), 'the title\n')
  const empty = await joined(server, 'y-websocket 3.1', 'empty')
  empty.doc.getMap('gone').set('key', 1)
  empty.doc.getMap('gone').delete('key')
  await until(async () => (await content('empty')).status === 200, 'a document without content is empty')
  empty.destroy()
})

test('[F8] [PROSE-16] the documents of other editors are read, and written where their nodes are ours', async () => {
  const own = await Server.start({ env: { CONSILIUM_HEADLESS_XML_ROOTS: '{ "plans/*" = ["prosemirror"] }' } })
  const address = (name, rest) => `${own.url}/api/v1/documents/${encodeURIComponent(name)}/${rest}`
  const fixtures = new URL('../../crates/document/tests/fixtures/bindings/', import.meta.url)
  for (const editor of ['blocknote', 'lexical', 'lexical-v2', 'slate', 'quill', 'prosemirror']) {
    const state = readFileSync(new URL(`${editor}.yjs`, fixtures))
    assert.equal((await fetch(address(editor, 'state'), { method: 'PUT', body: state })).status, 204)
    const read = await fetch(address(editor, 'content'))
    const text = await read.text()
    assert.ok(text.startsWith('## Plan for 2027\n\nWe **visit**'), `${editor}: ${text}`)
    for (const format of ['html', 'text', 'json']) assert.equal((await fetch(address(editor, `content?format=${format}`))).status, 200)
    const written = await fetch(address(editor, 'content'), { method: 'PUT', body: text, headers: { 'content-type': 'text/markdown', 'if-match': read.headers.get('etag') } })
    assert.deepEqual([written.status, (await written.json()).code], [409, 'read-only-form'])
  }
  const client = await joined(own, '@hocuspocus/provider 4.8', 'plans/1')
  const root = client.doc.getXmlFragment('prosemirror')
  client.doc.transact(() => {
    const paragraph = new Y.XmlElement('paragraph')
    root.push([paragraph])
    paragraph.push([new Y.XmlText('Growth is slow.')])
  })
  await until(async () => (await (await fetch(address('plans/1', 'content'))).text()) === 'Growth is slow.\n', 'the declared root is read')
  const { headers } = await fetch(address('plans/1', 'content'))
  const written = await fetch(address('plans/1', 'content'), { method: 'PUT', body: 'Growth is fast.\n\n- one', headers: { 'content-type': 'text/markdown', 'if-match': headers.get('etag') } })
  assert.equal(written.status, 204)
  await until(() => String(root) === '<paragraph>Growth is fast.</paragraph><bulletlist><listitem><paragraph>one</paragraph></listitem></bulletlist>', () => String(root))
  assert.equal(client.doc.share.has('default'), false, 'no second root')
  client.destroy()
  await own.stop()
})

test('[F9] [SYNC-28] Y.snapshot shows old states of a document that keeps its deleted content', async () => {
  const own = await Server.start({ env: { CONSILIUM_HEADLESS_KEEP_DELETED: '["versions/*"]' } })
  const kept = () => new Y.Doc({ gc: false })
  const was = (doc, snapshot) => Y.createDocFromSnapshot(doc, Y.decodeSnapshot(snapshot)).getText('text').toString()
  const snapshots = {}
  for (const name of ['versions/1', 'others/1']) {
    const writer = await joined(own, 'y-websocket 3.1', name, { doc: kept() })
    const text = writer.doc.getText('text')
    text.insert(0, 'the first words')
    writer.doc.getMap('map').set('options', { z: 1, a: 2 })
    snapshots[name] = Y.encodeSnapshot(Y.snapshot(writer.doc))
    text.delete(0, 9)
    text.insert(0, 'other')
    writer.doc.getMap('map').set('options', { b: 1 })
    // Enough for a snapshot of the journal, from which the document is read after a restart.
    for (let part = 0; part < 4; part++) writer.doc.getText('long').insert(0, `${part}`.repeat(400_000))
    await until(async () => /consilium_snapshots_total ([1-9])/.exec(await (await fetch(`${own.url}/metrics`)).text())?.[1] >= Object.keys(snapshots).length, `a snapshot of ${name}`)
    writer.destroy()
  }
  for (const restart of [false, true]) {
    if (restart) {
      await own.kill()
      await own.restart()
    }
    const reader = await joined(own, '@hocuspocus/provider 4.8', 'versions/1', { doc: kept() })
    assert.equal(reader.doc.getText('text').toString(), 'other words')
    assert.equal(was(reader.doc, snapshots['versions/1']), 'the first words')
    const old = Y.createDocFromSnapshot(reader.doc, Y.decodeSnapshot(snapshots['versions/1'])).getMap('map').get('options')
    assert.equal(JSON.stringify(old), '{"z":1,"a":2}', 'as it was written')
    reader.destroy()
  }
  const reader = await joined(own, '@hocuspocus/provider 4.8', 'others/1', { doc: kept() })
  assert.notEqual(was(reader.doc, snapshots['others/1']), 'the first words', 'elsewhere it is gone')
  reader.destroy()
  await own.stop()
})
