// Every limit refuses requests over it with a code, without effect on others.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join as path } from 'node:path'
import { test } from 'node:test'
import WebSocket from 'ws'
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { HocuspocusProvider, HocuspocusProviderWebsocket } from '@hocuspocus/provider'
import { FAMILIES, Y } from './families.mjs'
import { join, owner } from './people.mjs'
import { SECRET, Server, program, token, until } from './server.mjs'

const open = FAMILIES['y-websocket 3.0']

/** A y-websocket connection that sends exactly the given messages. */
class Wire {
  told = []
  asked = 0
  state = new Y.Doc()

  constructor(url) {
    this.socket = new WebSocket(url)
    this.opened = new Promise((resolve) => this.socket.once('open', resolve))
    this.closed = new Promise((resolve) => this.socket.once('close', resolve))
    this.socket.on('error', () => {})
    this.socket.on('message', (data) => this.#take(new Uint8Array(data)))
  }

  #take(data) {
    const decoder = decoding.createDecoder(data)
    const type = decoding.readVarUint(decoder)
    if (type === 2) {
      decoding.readVarUint(decoder)
      this.told.push(decoding.readVarString(decoder))
    } else if (type === 0) {
      const step = decoding.readVarUint(decoder)
      const bytes = decoding.readVarUint8Array(decoder)
      if (step === 0) {
        this.asked++
        this.onAsked?.()
      } else Y.applyUpdate(this.state, bytes)
    }
  }

  sync(step, bytes) {
    const encoder = encoding.createEncoder()
    encoding.writeVarUint(encoder, 0)
    encoding.writeVarUint(encoder, step)
    encoding.writeVarUint8Array(encoder, bytes)
    this.socket.send(encoding.toUint8Array(encoder))
  }

  get text() {
    return this.state.getText('text').toString()
  }
}

/** Runs a test with its own server. */
async function on(options, run) {
  const server = await Server.start(options)
  try {
    await run(server)
  } finally {
    await server.stop()
  }
}

const metric = async (server, name) => {
  const text = await (await fetch(`${server.url}/metrics`)).text()
  return Number(text.match(new RegExp(`^${name} (\\S+)$`, 'm'))?.[1])
}

const written = async (server, name, words) => {
  const client = open(server, name)
  await until(() => client.synced(), 'synced')
  client.doc.getText('text').insert(0, words)
  await until(async () => (await stored(server, name)) === words, 'stored')
  client.destroy()
}

const stored = async (server, name) => {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, await server.state(name))
  return doc.getText('text').toString()
}

test('[LIMIT-1] a socket can open a limited number of documents; those that are open are not affected', () =>
  on({ env: { CONSILIUM_DOCUMENTS_PER_SOCKET: '3' } }, async (server) => {
    const websocketProvider = new HocuspocusProviderWebsocket({ url: server.collab, WebSocketPolyfill: WebSocket })
    const denied = []
    const providers = [0, 1, 2, 3].map((n) => {
      const provider = new HocuspocusProvider({ websocketProvider, name: `d${n}`, token: 'x', onAuthenticationFailed: ({ reason }) => denied.push([n, reason]) })
      provider.attach()
      return provider
    })
    await until(() => denied.length > 0 && providers.slice(0, 3).every(({ synced }) => synced), 'three are open')
    assert.deepEqual(denied[0], [3, 'too-many-documents'])
    providers[0].document.getText('text').insert(0, 'goes on')
    await until(() => providers[0].unsyncedChanges === 0, 'saved')
    for (const provider of providers) provider.destroy()
    websocketProvider.destroy()
  }))

test('[LIMIT-2] an address can have a limited number of sockets; closing one frees a place', () =>
  on({ env: { CONSILIUM_CONNECTIONS_PER_ADDRESS: '3' } }, async (server) => {
    const wires = [0, 1, 2].map((n) => new Wire(`${server.sync}/a${n}`))
    await Promise.all(wires.map(({ opened }) => opened))
    const refused = new WebSocket(`${server.sync}/a3`)
    const answer = await new Promise((resolve) => refused.on('unexpected-response', (_, response) => resolve(response)).on('error', () => {}))
    assert.equal(answer.statusCode, 429)
    assert.equal(JSON.parse(String((await answer.toArray()).join(''))).code, 'too-many-connections')
    wires[0].socket.close()
    await wires[0].closed
    await until(async () => {
      const again = new Wire(`${server.sync}/a4`)
      return Promise.race([again.opened.then(() => true), again.closed.then(() => false)])
    }, 'there is room again')
  }))

test('[LIMIT-3] an unused document leaves memory and is read again from the log', () =>
  on({ env: { CONSILIUM_IDLE_ROOM_SECONDS: '1' } }, async (server) => {
    await written(server, 'sleeper', 'kept words')
    await until(async () => (await metric(server, 'consilium_rooms')) === 0, 'no room is open')
    assert.equal(await stored(server, 'sleeper'), 'kept words')
    // Reopened repeatedly while it closes: nothing is lost or duplicated.
    for (let n = 0; n < 5; n++) {
      const client = open(server, 'sleeper')
      await until(() => client.synced(), 'synced')
      client.doc.getText('text').insert(0, `${n}`)
      await until(async () => (await stored(server, 'sleeper')).startsWith(`${n}`), 'stored')
      client.destroy()
      await until(async () => (await metric(server, 'consilium_rooms')) === 0, 'no room is open')
    }
    assert.equal(await stored(server, 'sleeper'), '43210kept words')
    assert.ok((await metric(server, 'consilium_ack_seconds_bucket\\{le="30"\\}')) >= 6, 'every acknowledgement is in the histogram')
  }))

test('[LIMIT-4] when the memory for documents is used up, no other document is opened until some is free', () =>
  on({ env: { CONSILIUM_LOADED_BYTES: '200000', CONSILIUM_IDLE_ROOM_SECONDS: '600' } }, async (server) => {
    const large = open(server, 'large')
    await until(() => large.synced(), 'synced')
    large.doc.getText('text').insert(0, 'x'.repeat(20_000))
    await until(async () => (await stored(server, 'large')).length === 20_000, 'stored')
    const refused = new Wire(`${server.sync}/another`)
    assert.equal(await refused.closed, 4503)
    assert.equal((await fetch(`${server.url}/api/v1/documents/another/state`)).status, 503)
    large.doc.getText('text').insert(0, 'still ')
    await until(async () => (await stored(server, 'large')).startsWith('still x'), 'the open one goes on')
    large.destroy()
    await until(async () => (await fetch(`${server.url}/api/v1/documents/another/state`)).status === 200, 'it opens')
    assert.equal((await stored(server, 'large')).length, 20_006)
  }))

test('[LIMIT-5] a socket over its rate is read more slowly, and nothing is lost', () =>
  on({ env: { CONSILIUM_MESSAGES_PER_SECOND: '100' } }, async (server) => {
    const fast = open(server, 'fast')
    const neighbour = open(server, 'fast')
    await until(() => fast.synced() && neighbour.synced(), 'synced')
    for (let n = 0; n < 500; n++) fast.doc.getText('text').insert(0, 'x')
    neighbour.doc.getText('text').insert(0, 'n')
    await until(async () => (await stored(server, 'fast')).includes('n'), 'the neighbour does not wait', 5_000)
    await until(async () => (await stored(server, 'fast')).length === 501, 'all of it is stored', 60_000)
    assert.equal(fast.connects, 1)
    fast.destroy()
    neighbour.destroy()
  }))

test('[SYNC-5] a client that never fills its hole is asked again after 1, 2 and 4 seconds, and then may only read', () =>
  on({}, async (server) => {
    const source = new Y.Doc()
    const updates = []
    source.on('update', (update) => updates.push(update))
    for (const letter of 'abc') source.getText('text').insert(source.getText('text').length, letter)
    const wire = new Wire(`${server.sync}/holes`)
    await wire.opened
    const times = []
    wire.onAsked = () => {
      times.push(Date.now())
      wire.sync(1, updates[2]) // c without b
    }
    wire.sync(0, Y.encodeStateVector(new Y.Doc()))
    await until(() => wire.told.includes('unhealed-hole'), () => `told ${wire.told}, asked ${wire.asked}`, 60_000)
    const pauses = times.slice(1).map((time, n) => time - times[n])
    assert.ok(times.length >= 4 && times.length <= 6, `asked ${times.length} times`)
    const waits = pauses.slice(-3)
    for (const [n, least] of [900, 1_900, 3_900].entries()) assert.ok(waits[n] >= least, `pauses of ${pauses} ms`)
    // The complete update comes too late for this connection, and is accepted from the next one.
    wire.onAsked = undefined
    wire.sync(2, Y.encodeStateAsUpdate(source))
    const neighbour = open(server, 'holes')
    await until(() => neighbour.synced(), 'synced')
    neighbour.doc.getText('text').insert(0, 'mine')
    await until(() => wire.text === 'mine', 'it still reads')
    assert.equal(await stored(server, 'holes'), 'mine')
    const next = new Wire(`${server.sync}/holes`)
    await next.opened
    next.sync(2, Y.encodeStateAsUpdate(source))
    await until(async () => (await stored(server, 'holes')).includes('abc'), 'the next connection saves it')
    wire.socket.close()
    next.socket.close()
    neighbour.destroy()
  }))

test('[LIMIT-6] a message over the limit is refused, and one too large to be read closes the socket; its user may only read for a while', () =>
  on({ env: { CONSILIUM_HEADLESS_SECRET: SECRET } }, async (server) => {
    const url = (sub) => `${server.sync}/heavy?token=${token({ sub, documents: { heavy: 'edit' } })}`
    const edit = (words) => {
      const doc = new Y.Doc()
      doc.getText('text').insert(0, words)
      return Y.encodeStateAsUpdate(doc)
    }
    const [ana, bo] = [new Wire(url('ana')), new Wire(url('bo'))]
    await Promise.all([ana.opened, bo.opened])
    bo.sync(0, Y.encodeStateVector(new Y.Doc()))
    ana.sync(2, new Uint8Array(13 << 20))
    await until(() => ana.told.includes('message-too-large'), () => `told ${ana.told}`)
    assert.equal(ana.socket.readyState, WebSocket.OPEN, 'the connection stays open')
    ana.sync(2, new Uint8Array(30 << 20))
    assert.equal(await ana.closed, 1009)
    bo.sync(2, edit('from Bo'))
    await until(() => bo.text === 'from Bo', 'the neighbour does not notice')
    const again = new Wire(url('ana'))
    await again.opened
    again.sync(0, Y.encodeStateVector(new Y.Doc()))
    await until(() => again.text === 'from Bo', 'she reads')
    assert.deepEqual(again.told, ['message-too-large'])
    again.sync(2, edit('from Ana'))
    await until(() => again.told.includes('read-only'), () => `told ${again.told}`)
    assert.equal(bo.text, 'from Bo')
    for (const wire of [again, bo]) wire.socket.close()
  }))

test('[LIMIT-6] without sign-in, only the client that sent the message may only read, and not everybody at its address', () =>
  on({}, async (server) => {
    const edit = (doc, words) => {
      doc.getText('text').insert(0, words)
      return Y.encodeStateAsUpdate(doc)
    }
    const heavy = new Wire(`${server.sync}/heavy`)
    await heavy.opened
    heavy.sync(2, new Uint8Array(30 << 20))
    assert.equal(await heavy.closed, 1009)
    const other = new Wire(`${server.sync}/heavy`)
    await other.opened
    other.sync(0, Y.encodeStateVector(new Y.Doc()))
    other.sync(2, edit(new Y.Doc(), 'from a neighbour'))
    await until(() => other.text === 'from a neighbour', () => `another client at the address writes; it was told ${other.told}`)
    assert.deepEqual(other.told, [])
    // The client comes back with what it could not send.
    const doc = new Y.Doc()
    edit(doc, 'too much to send')
    const again = new Wire(`${server.sync}/heavy`)
    await again.opened
    again.sync(0, Y.encodeStateVector(doc))
    await until(() => again.told.includes('message-too-large'), () => `told ${again.told}`)
    again.sync(2, edit(doc, 'and more '))
    await until(() => again.told.includes('read-only'), () => `told ${again.told}`)
    assert.equal(other.text, 'from a neighbour')
    for (const wire of [again, other]) wire.socket.close()
  }))

test('[LIMIT-21] a document that is always written to is read over REST all the same', () =>
  on({ env: { CONSILIUM_MESSAGES_PER_SECOND: '100000' } }, async (server) => {
    const wires = await Promise.all(Array.from({ length: 4 }, async () => {
      const wire = new Wire(`${server.sync}/busy`)
      await wire.opened
      wire.sync(0, Uint8Array.of(0))
      return wire
    }))
    let over = false
    let sent = 0
    // Each has a text of its own: inserting at one place concurrently would take long.
    const written = (doc) => wires.reduce((sum, _, n) => sum + doc.getText(`text ${n}`).length, 0)
    const writes = wires.map(async (wire, n) => {
      const doc = new Y.Doc()
      doc.on('update', (update) => wire.sync(2, update))
      while (!over) {
        // Some always wait to be written, and never many.
        while (sent - written(wire.state) < 1000) (sent++, doc.getText(`text ${n}`).insert(0, 'x'))
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
    })
    const answers = []
    for (let n = 0; n < 20; n++) {
      const began = performance.now()
      const { status } = await fetch(`${server.url}/api/v1/documents/busy/state`)
      answers.push([status, Math.round(performance.now() - began)])
    }
    over = true
    await Promise.all(writes)
    assert.deepEqual([...new Set(answers.map(([status]) => status))], [200], JSON.stringify(answers))
    // Without a turn for readers, half of them waited for a second and more.
    assert.ok(answers.map(([, ms]) => ms).sort((a, b) => a - b)[10] < 1_000, JSON.stringify(answers))
    const all = async () => {
      const state = new Y.Doc()
      Y.applyUpdate(state, await server.state('busy'))
      return [...wires.map((wire) => wire.state), state].map(written)
    }
    await until(async () => (await all()).every((count) => count === sent), 'nothing is held up for good')
    for (const { socket } of wires) socket.terminate()
  }))

test('[LIMIT-22] somebody who writes much at once does not make others wait for all of it', () =>
  on({ args: [] }, async (server) => {
    const ana = await owner(server)
    const ben = await join(ana, 'analyst', 'Ben')
    const { id } = (await ana.expect(201, 'POST', '/documents', { title: 'Plan' })).body
    let done = 0
    const all = 80
    const writes = Array.from({ length: all }, (_, n) => ben.expect(201, 'POST', '/documents', { title: `Note ${n}` }).then(() => done++))
    await until(() => done > 2, 'the first are written')
    await ana.expect(201, 'POST', `/documents/${id}/threads`, { body: 'A word' })
    const before = done
    await Promise.all(writes)
    // In the order of their arrival, nearly all of them came first.
    assert.ok(before < all / 2, `${before} of ${all} were written before it`)
  }))

test('[LIMIT-10] the memory of a large message is freed while its socket stays open and still answers', () =>
  on({ env: { CONSILIUM_CONNECTIONS_PER_ADDRESS: '100' } }, async (server) => {
    const resident = () => Number(readFileSync(`/proc/${server.child.pid}/status`, 'utf8').match(/VmRSS:\s+(\d+) kB/)[1]) >> 10
    const wires = Array.from({ length: 40 }, (_, n) => new Wire(`${server.sync}/large${n}`))
    await Promise.all(wires.map(({ opened }) => opened))
    const before = resident()
    // Meaningless bytes, as text and as binary messages; after some of them a ping, and after its pong another message.
    const sent = wires.map(async ({ socket }, n) => {
      socket.send(n % 2 ? new Uint8Array(8 << 20) : 'x'.repeat(8 << 20))
      if (n % 4 < 2) return
      const pong = new Promise((resolve) => socket.once('pong', resolve))
      socket.ping()
      await pong
      socket.send(Uint8Array.of(3))
    })
    await Promise.all(sent)
    await until(() => resident() - before < 100, () => `${resident() - before} MiB of 320 are still there`)
    const edit = new Y.Doc()
    edit.getText('text').insert(0, 'goes on')
    wires[0].sync(0, Uint8Array.of(0))
    wires[0].sync(2, Y.encodeStateAsUpdate(edit))
    await until(() => wires[0].text === 'goes on', 'confirmed')
    for (const { socket } of wires) socket.terminate()
  }))

test('[SAVE-3] a document with a damaged log is refused, counted and named in the log; others are not affected', () =>
  on({}, async (server) => {
    await written(server, 'sound', 'sound words')
    await written(server, 'broken', 'broken words')
    await server.kill()
    const damage = `
import sqlite3, sys
journal, main = (sqlite3.connect(f'{sys.argv[1]}/{name}.db') for name in ('journal', 'consilium'))
[(id,)] = main.execute("select document_id from document where name = 'broken'").fetchall()
print(journal.execute('update journal_row set checksum = zeroblob(32) where document = ?', (id,)).rowcount)
journal.commit()`
    assert.ok(Number(execFileSync('python3', ['-c', damage, server.data])) > 0)
    await server.restart()
    const refused = new Wire(`${server.sync}/broken`)
    assert.equal(await refused.closed, 4423)
    const answer = await fetch(`${server.url}/api/v1/documents/broken/state`)
    assert.equal(answer.status, 503)
    assert.equal(await metric(server, 'consilium_quarantined_documents'), 1)
    assert.equal(await stored(server, 'sound'), 'sound words')
    await server.kill()
    const doctor = spawnSync(program, ['doctor', '--deep', '--data', server.data], { encoding: 'utf8' })
    assert.notEqual(doctor.status, 0)
    assert.match(doctor.stdout + doctor.stderr, /1 of 2 documents cannot be rebuilt/)
    await server.restart()
  }))

test('[AUTH-4] a refresh token that is reused after ten seconds ends the session', () =>
  on({ args: [] }, async (server) => {
    const ana = await owner(server)
    const { id } = (await ana.expect(201, 'POST', '/documents', {})).body
    const open = ana.open(id)
    await until(() => open.provider.isSynced, 'a socket of the session')
    const old = ana.cookies.get('consilium_refresh')
    await ana.expect(200, 'POST', '/auth/refresh')
    const age = "import sqlite3,sys; db=sqlite3.connect(sys.argv[1], timeout=5); n=db.execute(\"update refresh_token set used_at='2020-01-01T00:00:00+00:00' where token_hash=?\",(bytes.fromhex(sys.argv[2]),)).rowcount; db.commit(); print(n)"
    const hash = createHash('sha256').update(decodeURIComponent(old)).digest('hex')
    assert.equal(execFileSync('python3', ['-c', age, path(server.data, 'consilium.db'), hash]).toString().trim(), '1')
    const current = ana.cookies.get('consilium_refresh')
    ana.cookies.set('consilium_refresh', old)
    await ana.expect(401, 'POST', '/auth/refresh')
    ana.cookies.set('consilium_refresh', current)
    await ana.expect(401, 'POST', '/auth/refresh')
    await ana.expect(401, 'GET', '/me')
    await until(() => open.heard.denied.includes('unauthorized'), 'the socket ends with the family')
    open.end()
  }))

test('[AUTH-7] a password reset on the command line works, the old one does not, and sessions end', () =>
  on({ args: [] }, async (server) => {
    const ana = await owner(server)
    const reset = (input) => spawnSync(program, ['user', 'reset-password', 'ana@example.org', '--data', server.data], { input, encoding: 'utf8' })
    assert.notEqual(reset('short\n').status, 0)
    const done = reset('a new long password\n')
    assert.equal(done.status, 0, done.stderr)
    await ana.expect(401, 'GET', '/me')
    await ana.expect(401, 'POST', '/auth/sign-in', { email: 'ana@example.org', password: 'correct horse' })
    await ana.expect(200, 'POST', '/auth/sign-in', { email: 'ana@example.org', password: 'a new long password' })
  }))
