// Rules for the sockets of both families: limits before admission, renewal of rights, and that a waiting socket still
// gets all other events.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join as path } from 'node:path'
import { test } from 'node:test'
import WebSocket from 'ws'
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { FAMILIES, Y } from './families.mjs'
import { join, owner } from './people.mjs'
import { SECRET, Server, token, until } from './server.mjs'

/** Runs a test with its own server. */
async function on(options, run) {
  const server = await Server.start(options)
  try {
    await run(server)
  } finally {
    await server.stop()
  }
}

/** A raw connection of either family that sends exactly the given messages. */
class Wire {
  heard = []
  state = new Y.Doc()

  constructor(url, { many = false, cookie } = {}) {
    this.many = many
    this.socket = new WebSocket(url, { headers: cookie ? { cookie } : {} })
    this.opened = new Promise((resolve) => this.socket.once('open', resolve))
    this.socket.once('close', (code) => (this.code = code))
    this.socket.on('error', () => {})
    this.socket.on('message', (data) => this.#take(new Uint8Array(data)))
  }

  #take(data) {
    if (data.length === 1) return this.heard.push({ pong: true })
    const decoder = decoding.createDecoder(data)
    const to = this.many ? decoding.readVarString(decoder) : ''
    const type = decoding.readVarUint(decoder)
    if (type === 0) {
      const step = decoding.readVarUint(decoder)
      const bytes = decoding.readVarUint8Array(decoder)
      this.heard.push({ to, step, bytes })
      if (step > 0) Y.applyUpdate(this.state, bytes)
      else this.onAsked?.(to, bytes)
    } else if (type === 2) {
      const kind = decoding.readVarUint(decoder)
      const text = decoding.hasContent(decoder) ? decoding.readVarString(decoder) : ''
      this.heard.push(kind === 2 ? { to, scope: text } : { to, denied: text })
    } else if (type === 5) this.heard.push({ to, told: JSON.parse(decoding.readVarString(decoder)) })
    else if (type === 8) this.heard.push({ to, saved: decoding.readVarUint(decoder) })
  }

  say(to, type, ...parts) {
    const encoder = encoding.createEncoder()
    if (this.many) encoding.writeVarString(encoder, to)
    encoding.writeVarUint(encoder, type)
    for (const part of parts) {
      if (typeof part === 'number') encoding.writeVarUint(encoder, part)
      else if (typeof part === 'string') encoding.writeVarString(encoder, part)
      else encoding.writeVarUint8Array(encoder, part)
    }
    this.socket.send(encoding.toUint8Array(encoder))
  }

  signIn(to, token) {
    this.say(to, 2, 0, token)
  }

  sync(to, step, bytes) {
    this.say(to, 0, step, bytes)
  }

  ping() {
    this.socket.send(Uint8Array.of(9))
  }

  denied(to) {
    return this.heard.find((frame) => frame.to === to && frame.denied)?.denied
  }

  has(part) {
    return this.heard.some((frame) => Object.entries(part).every(([key, value]) => frame[key] === value))
  }
}

const collab = (server, options) => new Wire(server.collab, { many: true, ...options })
/** Lets what was sent leave, as a client does that is not one busy loop: a silent one is disconnected after 5 s. */
const breathe = () => new Promise(setImmediate)
const highest = (server) => Number(readFileSync(`/proc/${server.child.pid}/status`, 'utf8').match(/VmHWM:\s+(\d+) kB/)[1]) >> 10

const update = (words) => {
  const doc = new Y.Doc()
  doc.getText('text').insert(0, words)
  return Y.encodeStateAsUpdate(doc)
}

const stored = async (server, name, bearer) => {
  const response = await fetch(`${server.url}/api/v1/documents/${encodeURIComponent(name)}/state`, { headers: { authorization: `Bearer ${bearer}` } })
  const doc = new Y.Doc()
  if (response.ok) Y.applyUpdate(doc, new Uint8Array(await response.arrayBuffer()))
  return doc.getText('text').toString()
}

/** Blocks writes to the journal until the returned function is called. */
async function stall(server) {
  const hold = "import sqlite3, sys; db = sqlite3.connect(sys.argv[1], timeout=30, isolation_level=None); db.execute('begin immediate'); print('held', flush=True); sys.stdin.read()"
  const child = spawn('python3', ['-c', hold, path(server.data, 'journal.db')], { stdio: ['pipe', 'pipe', 'inherit'] })
  await new Promise((resolve) => child.stdout.once('data', resolve))
  return () => child.stdin.end()
}

const HEADLESS = { args: [], env: { CONSILIUM_HEADLESS_SECRET: SECRET } }

test('[LIMIT-12] messages before sign-in take little memory, and nothing is lost of a client that signs in later', () =>
  on(HEADLESS, async (server) => {
    const before = highest(server)
    const wires = [0, 1, 2].map(() => collab(server))
    await Promise.all(wires.map(({ opened }) => opened))
    const large = update('x'.repeat(1_000_000))
    for (let n = 0; n < 95; n++) {
      for (const wire of wires) wire.sync(`d${n}`, 2, large)
      await breathe()
    }
    wires.forEach((wire) => wire.ping())
    await until(() => wires.every((wire) => wire.has({ pong: true })), 'all of it is read', 300_000)
    assert.ok(highest(server) - before < 60, `${highest(server) - before} MiB more`)
    const bearer = token({ sub: 'ana', documents: { '*': 'edit' } })
    const [wire] = wires
    wire.onAsked = (to) => wire.sync(to, 1, large)
    wire.signIn('d7', bearer)
    await until(() => wire.has({ to: 'd7', scope: 'read-write' }), 'she is let in')
    await until(async () => (await stored(server, 'd7', bearer)).length === 1_000_000, 'it is asked for, and saved', 60_000)
    for (const { socket } of wires) socket.close()
  }))

test('[LIMIT-12] a message before the token that is too large is counted as saved once', () =>
  on(HEADLESS, async (server) => {
    const bearer = token({ sub: 'ana', documents: { '*': 'edit' } })
    const wire = collab(server)
    await wire.opened
    const doc = new Y.Doc()
    doc.getText('text').insert(0, 'y'.repeat(3_000_000))
    wire.onAsked = (to, vector) => wire.sync(to, 1, Y.encodeStateAsUpdate(doc, vector))
    wire.sync('plan', 0, Y.encodeStateVector(doc))
    wire.sync('plan', 2, Y.encodeStateAsUpdate(doc))
    wire.signIn('plan', bearer)
    // One for the answer to the server's SyncStep1, one for the update.
    const saved = () => wire.heard.filter((frame) => frame.saved === 1).length
    await until(() => saved() === 2, () => `${saved()} of 2 are saved`, 60_000)
    assert.equal((await stored(server, 'plan', bearer)).length, 3_000_000)
    assert.ok(!wire.has({ saved: 0 }) && !wire.denied('plan'), 'nothing is refused')
    wire.socket.close()
  }))

test('[LIMIT-12] the state vector of an old document is read before the token, and answered', () =>
  on(HEADLESS, async (server) => {
    const bearer = token({ sub: 'ana', documents: { '*': 'edit' } })
    const other = collab(server)
    await other.opened
    other.signIn('old', bearer)
    other.sync('old', 2, update('words'))
    await until(() => other.has({ saved: 1 }), 'saved')
    const wire = collab(server)
    await wire.opened
    const encoder = encoding.createEncoder()
    const clients = 20_000
    encoding.writeVarUint(encoder, clients)
    for (let n = 0; n < clients; n++) {
      encoding.writeVarUint(encoder, 4_000_000_000 + n)
      encoding.writeVarUint(encoder, 1)
    }
    const vector = encoding.toUint8Array(encoder)
    assert.ok(vector.length > 100_000)
    wire.sync('old', 0, vector)
    wire.signIn('old', bearer)
    await until(() => wire.state.getText('text').toString() === 'words', 'it is told what it lacks', 60_000)
    for (const { socket } of [wire, other]) socket.close()
  }))

test('[LIMIT-12] over the total limit, sockets before sign-in are not read, and others can sign in', () =>
  // Freed memory goes back to the system at once, so that what is measured is what is used.
  on({ args: [], env: { ...HEADLESS.env, CONSILIUM_UNADMITTED_BYTES: String(2 << 20), _RJEM_MALLOC_CONF: 'dirty_decay_ms:0,muzzy_decay_ms:0' } }, async (server) => {
    const before = highest(server)
    const bearer = token({ sub: 'ana', documents: { '*': 'edit' } })
    const strangers = Array.from({ length: 100 }, () => collab(server))
    await Promise.all(strangers.map(({ opened }) => opened))
    const some = update('z'.repeat(60_000))
    for (let n = 0; n < 60; n++) {
      for (const wire of strangers) wire.sync(`d${n % 9}`, 2, some)
      await breathe()
    }
    const ana = collab(server)
    await ana.opened
    ana.onAsked = (to) => ana.sync(to, 1, some)
    ana.sync('plan', 0, Uint8Array.of(0))
    ana.signIn('plan', bearer)
    await until(() => ana.has({ to: 'plan', scope: 'read-write' }), 'Ana is let in', 60_000)
    // Buffers of sockets take 30 MiB, or 60 on a busy machine. Without the limit, it would be 130 or more.
    assert.ok(highest(server) - before < 95, `${highest(server) - before} MiB more`)
    // One of them signs in: it is admitted too, and its messages are there.
    strangers[50].onAsked = (to) => strangers[50].sync(to, 1, some)
    strangers[50].signIn('d3', bearer)
    await until(async () => (await stored(server, 'd3', bearer)).length === 60_000, 'its words are saved', 60_000)
    for (const { socket } of [...strangers, ana]) socket.terminate()
  }))

test('[LIMIT-13] a socket whose client does not sign in is closed, but not one whose sign-ins wait for the server', () =>
  on({ args: [], env: { ...HEADLESS.env, CONSILIUM_DOCUMENTS_PER_SOCKET: '1' } }, async (server) => {
    const [silent, busy] = [collab(server), collab(server)]
    await Promise.all([silent.opened, busy.opened])
    const since = Date.now()
    // Each is checked a second after the one before.
    for (let n = 0; n < 8; n++) busy.signIn('plan', 'no token')
    busy.signIn('plan', token({ sub: 'ana', documents: { '*': 'edit' } }))
    await until(() => silent.code, 'it is closed', 60_000)
    assert.equal(silent.code, 4508)
    assert.ok(Date.now() - since > 4_000, `after ${Date.now() - since} ms`)
    await until(() => busy.has({ to: 'plan', scope: 'read-write' }), () => JSON.stringify(busy.heard), 60_000)
    assert.ok(Date.now() - since > 6_000, `after ${Date.now() - since} ms`)
    busy.socket.close()
  }))

test('[LIMIT-14] a flood of tokens on one socket does not reach the database, and others can sign in meanwhile', () =>
  on({ args: [] }, async (server) => {
    const ana = await owner(server)
    const { id } = (await ana.expect(201, 'POST', '/documents', {})).body
    const flood = collab(server)
    await flood.opened
    for (let n = 0; n < 24_000; n++) flood.signIn(id, `ck_${n}`)
    await until(() => flood.denied(id), 'the first is refused')
    const open = ana.open(id)
    await until(() => open.provider.isSynced, 'Ana is in')
    const until5 = Date.now() + 5_000
    await until(() => Date.now() > until5 || flood.heard.length > 200, 'five seconds, or too many')
    assert.ok(flood.heard.length <= 110, `${flood.heard.length} were looked up`)
    open.end()
    flood.socket.terminate()
  }))

test('[SYNC-5] a penalty is not lifted by a new token', () =>
  on(HEADLESS, async (server) => {
    const bearer = token({ sub: 'ana', documents: { plan: 'edit' } })
    const wire = collab(server)
    await wire.opened
    wire.signIn('plan', bearer)
    wire.sync('plan', 0, Uint8Array.of(0))
    await until(() => wire.has({ step: 1 }), 'it is in')
    wire.sync('plan', 2, new Uint8Array(13 << 20))
    await until(() => wire.heard.some(({ told }) => told?.code === 'message-too-large'), 'it is told')
    wire.signIn('plan', bearer)
    await until(() => wire.heard.filter(({ scope }) => scope).length === 2, 'the token is taken')
    wire.sync('plan', 2, update('given back'))
    await until(() => wire.heard.filter(({ saved }) => saved === 0).length === 2 || wire.has({ saved: 1 }), 'the update is answered')
    assert.equal(await stored(server, 'plan', bearer), '')
    assert.equal(wire.heard.findLast(({ scope }) => scope).scope, 'readonly', 'the client is notified')
    wire.socket.close()
  }))

test('[SYNC-5] a penalty is not lifted by a change of rights, neither of others nor their own', () =>
  on({ args: [] }, async (server) => {
    const ana = await owner(server)
    const ben = await join(ana, 'analyst', 'Ben')
    const { id } = (await ana.expect(201, 'POST', '/documents', {})).body
    await ana.expect(204, 'PUT', `/documents/${id}/shares/${ben.id}`, { level: 'edit' })
    const wire = new Wire(`${server.sync}/${id}`, { cookie: ben.cookie })
    await wire.opened
    wire.sync('', 0, Uint8Array.of(0))
    await until(() => wire.has({ step: 1 }), 'he is in')
    wire.sync('', 2, new Uint8Array(13 << 20))
    await until(() => wire.has({ denied: 'message-too-large' }), 'he is told')
    const carl = await join(ana, 'analyst', 'Carl')
    await ana.expect(204, 'PUT', `/documents/${id}/shares/${carl.id}`, { level: 'edit' })
    await ana.expect(204, 'PUT', `/documents/${id}/shares/${ben.id}`, { level: 'comment' })
    await ana.expect(204, 'PUT', `/documents/${id}/shares/${ben.id}`, { level: 'edit' })
    // A client that joins now sees that the changes have arrived.
    const open = ben.open(id)
    await until(() => open.heard.scopes.includes('read-write'), 'Ben may edit')
    wire.sync('', 2, update('given back'))
    await until(() => wire.has({ denied: 'read-only' }) || open.text.length > 0, 'the update is answered')
    assert.ok(wire.has({ denied: 'read-only' }) && open.text.length === 0)
    open.end()
    wire.socket.close()
  }))

test('[LIMIT-15] a socket that waits for space in one document still gets a revocation in another, and the end of the server', () =>
  on({ args: [] }, async (server) => {
    const ana = await owner(server)
    const ben = await join(ana, 'analyst', 'Ben')
    const [full, other] = [(await ana.expect(201, 'POST', '/documents', {})).body.id, (await ana.expect(201, 'POST', '/documents', {})).body.id]
    for (const id of [full, other]) await ana.expect(204, 'PUT', `/documents/${id}/shares/${ben.id}`, { level: 'edit' })
    const many = collab(server, { cookie: ben.cookie })
    const one = new Wire(`${server.sync}/${full}`, { cookie: ben.cookie })
    await Promise.all([many.opened, one.opened])
    for (const id of [full, other]) many.signIn(id, 'cookie')
    await until(() => [full, other].every((to) => many.has({ to, scope: 'read-write' })), 'Ben is in both')
    one.sync('', 0, Uint8Array.of(0))
    await until(() => one.has({ step: 1 }), 'and once more')
    const go = await stall(server)
    try {
      for (let n = 0; n < 6; n++) many.sync(full, 2, update('x'.repeat(3_000_000)))
      for (let n = 0; n < 6; n++) one.sync('', 2, update('x'.repeat(3_000_000)))
      // Bytes waiting in the kernel show that neither is read.
      await until(() => many.socket.bufferedAmount > 0 || one.socket.bufferedAmount > 0, 'neither is read')
      await ana.expect(204, 'DELETE', `/documents/${other}/shares/${ben.id}`)
      await until(() => many.denied(other), 'it is told of the other document', 60_000)
      assert.equal(many.denied(other), 'not-found')
      await until(() => many.code && one.code, () => `closed with ${many.code}, ${one.code}`, 45_000)
      assert.deepEqual([many.code, one.code], [4503, 4503])
    } finally {
      go()
    }
  }))

test('[PERM-19] notifications and comments of others cause no database query by sockets', () =>
  on({ args: [], env: { CONSILIUM_LOG_FILTER: 'info,sqlx::query=debug' } }, async (server) => {
    const ana = await owner(server)
    const [ben, carl] = [await join(ana, 'analyst', 'Ben'), await join(ana, 'analyst', 'Carl')]
    const { id } = (await ana.expect(201, 'POST', '/documents', {})).body
    for (const { id: account } of [ben, carl]) await ana.expect(204, 'PUT', `/documents/${id}/shares/${account}`, { level: 'edit' })
    const wires = Array.from({ length: 60 }, () => new Wire(`${server.sync}/${id}`, { cookie: ben.cookie }))
    await Promise.all(wires.map(({ opened }) => opened))
    for (const wire of wires) wire.sync('', 0, Uint8Array.of(0))
    await until(() => wires.every((wire) => wire.has({ step: 1 })), 'all are in', 60_000)
    const lookups = () => server.log.split('revoked_at is null').length
    await until(async () => {
      const before = lookups()
      await ana.expect(200, 'GET', '/me')
      return lookups() > before
    }, 'statements are in the log', 30_000)
    const before = lookups()
    const { thread_id: thread } = (await ana.expect(201, 'POST', `/documents/${id}/threads`, { body: '@Carl', mentions: [{ kind: 'account', id: carl.id }] })).body
    await ana.expect(201, 'POST', `/documents/${id}/threads/${thread}/comments`, { body: '@Carl', mentions: [{ kind: 'account', id: carl.id }] })
    // Changes arrive in order: the last one reaches everybody, so the earlier ones have been handled.
    await ana.expect(204, 'DELETE', `/documents/${id}/shares/${ben.id}`)
    await until(() => wires.every((wire) => wire.has({ denied: 'not-found' })), 'all are told of the last', 60_000)
    await until(() => lookups() - before >= 60, () => `${lookups() - before}`, 60_000)
    assert.ok(lookups() - before < 90, `${lookups() - before} for 60 sockets and one change of rights`)
    for (const { socket } of wires) socket.terminate()
  }))

test('[LIMIT-12] a stock client whose app needs seconds to fetch its token loses nothing typed meanwhile', () =>
  on(HEADLESS, async (server) => {
    const bearer = token({ sub: 'ana', documents: { '*': 'edit' } })
    for (const family of ['@hocuspocus/provider 2.15', '@hocuspocus/provider 3.4', '@hocuspocus/provider 4.8']) {
      const name = family.replaceAll(/\W/g, '')
      let ask, answer
      const asked = new Promise((resolve) => (ask = resolve))
      const fetched = new Promise((resolve) => (answer = resolve))
      const client = FAMILIES[family](server, name, { token: () => (ask(), fetched) })
      client.doc.getText('text').insert(0, 'a'.repeat(200_000))
      await asked
      client.doc.getText('text').insert(0, 'b'.repeat(200_000))
      answer(bearer)
      await until(async () => (await stored(server, name, bearer)).length === 400_000, `${family}: all of it is saved`, 60_000)
      // 2.15 does not count updates that it held back until its token came, and ends below 0.
      await until(() => client.provider.unsyncedChanges <= 0, () => `${family}: ${client.provider.unsyncedChanges} unsynced`, 60_000)
      client.destroy()
    }
  }))
