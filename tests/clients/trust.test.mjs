// Guarantees for clients: rights, expiry, acknowledgements, and old local copies.
import 'fake-indexeddb/auto'
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { IndexeddbPersistence } from 'y-indexeddb'
import { FAMILIES, Y, Y14 } from './families.mjs'
import { SECRET, Server, token, until } from './server.mjs'

let server
before(async () => (server = await Server.start({ env: { CONSILIUM_HEADLESS_SECRET: SECRET } })))
after(() => server.stop())

const BOTH = ['y-websocket 3.0', '@hocuspocus/provider 2.15', '@hocuspocus/provider 4.8']
const editor = (name) => token({ sub: 'editor', name: 'Edith', documents: { [name]: 'edit' } })
const viewer = (name) => token({ sub: 'viewer', name: 'Viktor', documents: { [name]: 'view' } })

for (const family of BOTH) {
  const open = FAMILIES[family]

  test(`${family}: a reader can read, has presence, and cannot write`, async () => {
    const name = `reader ${family}`
    const writer = open(server, name, { token: editor(name) })
    await until(() => writer.synced(), 'the writer is synced')
    writer.doc.getText('text').insert(0, 'written')
    const reader = open(server, name, { token: viewer(name) })
    await until(() => reader.doc.getText('text').toString() === 'written', 'the reader reads')
    reader.doc.getText('text').insert(0, 'GRAFFITI ')
    reader.awareness.setLocalStateField('user', { name: 'somebody else' })
    writer.doc.getText('text').insert(7, ' twice')
    await until(() => reader.doc.getText('text').toString().endsWith('written twice'), 'the reader still reads')
    const seen = () => [...writer.awareness.getStates().values()].map((state) => state.user?.name)
    await until(() => seen().includes('Viktor'), () => `the reader is seen as ${seen()}`)
    assert.equal(writer.doc.getText('text').toString(), 'written twice')
    writer.destroy()
    reader.destroy()
  })

  test(`${family}: a wrong or missing right is refused`, async () => {
    const denied = []
    const wrong = open(server, 'secret', { token: editor('another'), onAuthenticationFailed: ({ reason }) => denied.push(reason) })
    // y-websocket has no event for it: the frame itself ends with the reason.
    wrong.provider.ws?.addEventListener('message', ({ data }) => {
      if (Buffer.from(data).toString('latin1').endsWith('forbidden')) denied.push('forbidden')
    })
    await until(() => denied.length > 0, 'it is told why')
    assert.deepEqual([[...new Set(denied)], wrong.synced()], [['forbidden'], false])
    wrong.destroy()
  })
}

for (const family of ['@hocuspocus/provider 2.15', '@hocuspocus/provider 3.4', '@hocuspocus/provider 4.8']) {
  const open = FAMILIES[family]

  test(`${family}: "nothing unsynced" means on the disk`, async () => {
    const own = await Server.start()
    for (let round = 0; round < 5; round++) {
      const client = open(own, 'ledger')
      await until(() => client.synced() && client.provider.unsyncedChanges === 0, 'synced')
      const text = client.doc.getText('text')
      for (let n = 0; n < 20; n++) text.insert(text.length, `${round}.${n};`)
      assert.ok(client.provider.unsyncedChanges > 0, 'edits are not acknowledged before they are sent')
      await until(() => client.provider.unsyncedChanges === 0, () => `${client.provider.unsyncedChanges} unsynced`)
      const acknowledged = text.toString()
      client.provider.disconnect?.()
      client.destroy()
      await own.kill()
      await own.restart()
      const stored = new Y.Doc()
      Y.applyUpdate(stored, await own.state('ledger'))
      assert.equal(stored.getText('text').toString(), acknowledged)
    }
    await own.stop()
  })

  test(`${family}: the counter is exact while edits are in flight`, async () => {
    const client = open(server, `counter ${family}`, { token: editor(`counter ${family}`) })
    let lowest = 0
    client.provider.on('unsyncedChanges', (event) => (lowest = Math.min(lowest, event.number ?? event)))
    await until(() => client.synced() && client.provider.unsyncedChanges === 0, 'synced')
    const text = client.doc.getText('text')
    for (let n = 0; n < 50; n++) {
      text.insert(text.length, `${n} `)
      if (n % 7 === 0) await until(() => client.provider.unsyncedChanges === 0, 'acknowledged')
    }
    await until(() => client.provider.unsyncedChanges === 0, 'acknowledged')
    assert.equal(lowest, 0, 'it never goes below zero')
    client.destroy()
  })
}

for (const family of ['@hocuspocus/provider 3.4', '@hocuspocus/provider 4.8']) {
  test(`${family}: an expiring token is renewed without a reconnect`, async () => {
    const name = `renewal ${family}`
    let handed = 0
    const short = () => {
      handed++
      const exp = Math.floor(Date.now() / 1000) + (handed === 1 ? 4 : 600)
      return token({ sub: 'ana', exp, documents: { [name]: 'edit' } })
    }
    const client = FAMILIES[family](server, name, { token: short })
    await until(() => client.synced(), 'synced')
    await until(() => handed > 1, 'the server asked for a fresh token')
    const began = Date.now()
    await until(() => Date.now() - began > 5_000, 'the first token is over')
    client.doc.getText('text').insert(0, 'still writing')
    await until(() => client.provider.unsyncedChanges === 0, 'acknowledged')
    assert.equal(client.connects, 1)
    client.destroy()
  })
}

test('@hocuspocus/provider 2.15: an expired token ends the document with a reason', async () => {
  const reasons = []
  const exp = Math.floor(Date.now() / 1000) + 2
  const client = FAMILIES['@hocuspocus/provider 2.15'](server, 'ends', {
    token: token({ sub: 'ana', exp, documents: { ends: 'edit' } }),
    onAuthenticationFailed: ({ reason }) => reasons.push(reason),
  })
  await until(() => client.synced(), 'synced')
  await until(() => reasons.includes('token-expired'), () => `told ${reasons}`)
  client.destroy()
  const again = FAMILIES['@hocuspocus/provider 2.15'](server, 'ends', { token: editor('ends') })
  await until(() => again.synced(), 'a new connection with a fresh token works')
  again.destroy()
})

const root = ({ doc }) => (doc instanceof Y14.Doc ? doc.get('text') : doc.getText('text'))

/** Gives a y-websocket provider a new token, as docs/clients.md says. */
function renew(provider, fresh) {
  if (provider.params) provider.params.token = fresh
  // 1.5 builds its URL once.
  else provider.url = provider.url.replace(/token=.*/, `token=${fresh}`)
  provider.disconnect()
  provider.connect()
}

for (const family of Object.keys(FAMILIES).filter((name) => name.includes('websocket'))) {
  test(`[F4] [SYNC-24] ${family}: a refusal closes with its code, a client that returns is kept silent, and a new token works`, async () => {
    const name = `refused by ${family}`
    const exp = Math.floor(Date.now() / 1000) + 2
    const client = FAMILIES[family](server, name, { token: token({ sub: 'ana', exp, documents: { [name]: 'edit' } }) })
    const closed = []
    client.provider.on('connection-close', (event) => event && closed.push(`${event.code} ${event.reason}`))
    await until(() => client.synced(), 'synced')
    const heard = []
    client.provider.ws.addEventListener('message', ({ data }) => heard.push(Buffer.from(data).toString('latin1')))
    await until(() => closed.length > 0, 'closed')
    assert.equal(closed[0], '4401 unauthorized')
    assert.ok(heard.some((frame) => frame.endsWith('unauthorized')), 'it was told why')
    root(client).insert(0, 'too late')
    // 3.1 stays away; the others come back at once, and stay connected.
    const returns = family === 'y-websocket 3.1' ? 1 : 2
    await until(() => client.connects === returns, () => `${client.connects} connections`)
    if (returns === 2) await until(() => client.connected(), 'kept open')
    renew(client.provider, editor(name))
    await until(() => client.synced(), 'synced again')
    const other = FAMILIES[family](server, name, { token: editor(name) })
    await until(() => root(other).toString().includes('too late'), 'what was typed meanwhile arrives')
    assert.ok(closed.length <= 2, closed.join())
    client.destroy()
    other.destroy()
  })
}

test('a page reload with y-indexeddb keeps offline edits and changes nothing else', async () => {
  const own = await Server.start()
  const open = async (family) => {
    const doc = new Y.Doc()
    const local = new IndexeddbPersistence('notes', doc)
    await local.whenSynced
    return { local, ...FAMILIES[family](own, 'notes', { doc }) }
  }
  for (const family of ['y-websocket 3.1', '@hocuspocus/provider 4.8', '@hocuspocus/provider 2.15']) {
    const page = await open(family)
    await until(() => page.synced(), 'synced')
    page.provider.disconnect?.()
    page.provider.configuration?.websocketProvider?.disconnect()
    page.doc.getText('text').insert(0, `${family} offline;`)
    page.destroy()
    await page.local.destroy()
    const reloaded = await open(family)
    await until(() => reloaded.synced() && (reloaded.provider.unsyncedChanges ?? 0) === 0, 'synced')
    const stored = async () => {
      const doc = new Y.Doc()
      Y.applyUpdate(doc, await own.state('notes'))
      return doc.getText('text').toString()
    }
    await until(async () => (await stored()).includes(`${family} offline;`), 'stored')
    assert.equal((await stored()).split(`${family} offline;`).length, 2, 'exactly once')
    reloaded.destroy()
    await reloaded.local.destroy()
  }
  await own.stop()
})

test('300 past sessions do not slow a document down', async () => {
  const open = FAMILIES['y-websocket 3.0']
  const name = 'old friend'
  for (let batch = 0; batch < 10; batch++) {
    const sessions = Array.from({ length: 30 }, () => open(server, name, { token: editor(name) }))
    await until(() => sessions.every((session) => session.synced()), 'synced')
    sessions.forEach((session, n) => {
      const text = session.doc.getText('text')
      text.insert(0, `${batch}.${n};`)
      text.delete(0, 1)
    })
    const settled = () => new Set(sessions.map((session) => session.doc.getText('text').toString())).size === 1
    await until(settled, 'converged')
    sessions.forEach((session) => session.destroy())
  }
  const last = FAMILIES['@hocuspocus/provider 4.8'](server, name, { token: editor(name) })
  await until(() => last.synced() && last.provider.unsyncedChanges === 0, 'the 301st session syncs')
  assert.ok(last.doc.store.clients.size >= 300)
  last.destroy()
})

test('an existing Yjs document is imported over REST, once, and exported unchanged', async () => {
  const own = await Server.start()
  const old = new Y.Doc()
  old.getText('text').insert(0, 'from another server', { bold: true })
  old.getMap('map').set('kept', [1, { deep: true }])
  const put = (name, body) => fetch(`${own.url}/api/v1/documents/${encodeURIComponent(name)}/state`, { method: 'PUT', body })
  const state = Y.encodeStateAsUpdate(old)
  assert.equal((await put('moved/here', state)).status, 204)
  const again = await put('moved/here', state)
  assert.deepEqual([again.status, (await again.json()).code], [409, 'conflict'])
  const broken = await put('broken', new Uint8Array([1, 2, 3]))
  assert.deepEqual([broken.status, (await broken.json()).code], [422, 'malformed'])
  const holes = await put('holes', Y.encodeStateAsUpdate(old, Y.encodeStateVector(old)).slice())
  assert.equal(holes.status, 422)
  const client = FAMILIES['y-websocket 3.1'](own, 'moved/here')
  await until(() => client.synced(), 'synced')
  assert.deepEqual(client.doc.getText('text').toDelta(), old.getText('text').toDelta())
  assert.deepEqual(client.doc.getMap('map').toJSON(), old.getMap('map').toJSON())
  await own.kill()
  await own.restart()
  const stored = new Y.Doc()
  Y.applyUpdate(stored, await own.state('moved/here'))
  assert.deepEqual(stored.getText('text').toDelta(), old.getText('text').toDelta())
  client.destroy()
  await own.stop()
})
