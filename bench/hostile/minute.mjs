// The worst minute of a stranger, a guest and a member: what it costs in memory, what it does to the small writes of
// others, and whether the server still stops in time. Each comes from an address of its own, through a trusted proxy,
// with the limits that the server has by default.
import { connect } from 'node:net'
import { Person } from '../../tests/clients/people.mjs'
import { Server } from '../../tests/clients/server.mjs'
import { MIB, memory, newDocument, percentile, table } from './measure.mjs'
import { owner, join } from '../../tests/clients/people.mjs'

const { WebSocket } = globalThis
const SECONDS = Number(process.env.SECONDS_EACH ?? 60)
/** Loops that attack at a time. */
const LOOPS = 16
const STOP_SECONDS = 10

/** A person at an address. */
class From extends Person {
  constructor(server, address, cookies) {
    super(server)
    this.address = address
    if (cookies) this.cookies = cookies
  }
  call(method, path, body, headers = {}) {
    return super.call(method, path, body, { ...headers, 'x-forwarded-for': this.address })
  }
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const words = (n, seed) => Array.from({ length: n }, (_, i) => `w${(i * i + seed * i) % 7}`).join(' ')

/** Sends a request and goes away before the answer. */
const abandon = ({ server, address, cookie }, method, path, body) => new Promise((resolve) => {
  const text = typeof body === 'string' ? body : JSON.stringify(body ?? '')
  const socket = connect(new URL(server.url).port, '127.0.0.1')
  socket.on('error', () => {}).on('close', resolve)
  socket.write(`${method} /api/v1${path} HTTP/1.1\r\nhost: ${server.address}\r\norigin: ${server.url}\r\n${cookie ? `cookie: ${cookie}\r\n` : ''}x-forwarded-for: ${address}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`)
  setTimeout(() => socket.destroy(), 50)
})

/** Opens a socket, sends messages and leaves. */
const socket = ({ server, address, cookie }, path, messages, stay = 200) => new Promise((resolve) => {
  const one = new WebSocket(`ws://${server.address}${path}`, { headers: { origin: server.url, 'x-forwarded-for': address, ...(cookie && { cookie }) } })
  one.on('error', () => {}).on('close', resolve)
  one.on('open', () => {
    for (const message of messages) one.send(message)
    setTimeout(() => one.terminate(), stay)
  })
})

const ATTACKS = {
  stranger: [
    (me) => abandon(me, 'POST', '/auth/sign-in', { email: `x${Math.random()}@example.org`, password: 'wrong wrong' }),
    (me) => me.call('POST', '/auth/sign-in', { email: 'ana@example.org', password: `wrong ${Math.random()}` }),
    (me) => me.call('POST', '/links/enter', { token: `${Math.random()}`, name: 'Eve' }),
    (me, { id }) => me.call('PUT', `/documents/${id}/state`, Buffer.alloc(4 * MIB)),
    (me) => socket(me, '/collab', Array.from({ length: 8 }, () => Buffer.alloc(MIB))),
    (me, { id }) => socket(me, `/sync/${id}?token=${'x'.repeat(1_000)}`, [Buffer.alloc(60_000)]),
    (me) => socket(me, '/collab', Array.from({ length: 500 }, (_, n) => Buffer.from([3, 97, 98, n % 128, 2, 0, 1, 120]))),
    (me) => me.call('GET', '/documents'),
  ],
  guest: [
    (me, { id }) => me.call('GET', `/documents/${id}/content?format=html`),
    (me, { id, revision }) => me.call('GET', `/documents/${id}/changes?from=${revision}`),
    (me, { id, revision }) => abandon(me, 'GET', `/documents/${id}/changes?from=${revision}`),
    (me, { id }) => abandon(me, 'GET', `/documents/${id}/authors`),
    (me, { id }) => me.call('GET', `/documents/${id}/state`),
    (me, { id }) => socket(me, `/sync/${id}`, Array.from({ length: 500 }, () => Uint8Array.of(0, 0, 1, 0))),
    (me, { id }) => socket(me, `/sync/${id}`, Array.from({ length: 4 }, () => Buffer.concat([Buffer.from([0, 2, 255, 255, 63]), Buffer.alloc(1 << 20)]))),
    (me, { id }) => me.call('GET', `/documents/${id}/threads`),
  ],
  member: [
    (me, { id }) => me.call('GET', `/documents/${id}/content`).then(({ etag }) => me.call('PUT', `/documents/${id}/content`, words(40_000, Math.floor(Math.random() * 100)), { 'content-type': 'text/markdown', 'if-match': etag })),
    (me, { id, revision }) => me.call('GET', `/documents/${id}/changes?from=${revision}`),
    (me, { id }) => abandon(me, 'GET', `/documents/${id}/authors`),
    (me) => me.call('POST', '/documents', { title: 'x'.repeat(300), description: 'x'.repeat(2_000) }),
    (me) => me.call('GET', '/documents?q=zzz&sort=title'),
    (me) => me.call('GET', '/me/data'),
    (me, { id }) => me.call('POST', `/documents/${id}/threads`, { body: 'x'.repeat(5_000), passage: { from: 0, to: 500 } }),
    (me, { id }) => socket(me, `/sync/${id}`, Array.from({ length: 200 }, () => Uint8Array.of(0, 0, 1, 0))),
  ],
}

/** Small writes, five a second, until the work has ended: their latencies in milliseconds. */
async function smallWrites(person, path, during) {
  let over = false
  const ended = during.finally(() => (over = true))
  const times = []
  const writes = []
  while (!over) {
    const began = performance.now()
    writes.push(person.call('POST', path, { body: 'Hm' }).then(({ status }) => times.push(status === 201 ? performance.now() - began : Infinity)))
    await pause(200)
  }
  await Promise.all(writes)
  await ended
  return times
}

async function minute(kind) {
  const server = await Server.start({ args: [], env: { CONSILIUM_TRUSTED_PROXIES: '["127.0.0.1/32"]', CONSILIUM_REQUESTS_PER_MINUTE_OF_SESSION: '100000' } })
  const ana = await owner(server)
  const mia = await join(ana, 'analyst', 'Mia')
  const ben = await join(ana, 'analyst', 'Ben')
  const id = await newDocument(ana, words(40_000, 1), { open_level: 'edit' })
  const revision = (await ana.expect(201, 'POST', `/documents/${id}/revisions`, { name: 'Then' })).body.revision_id
  const small = await newDocument(ana, 'Words\n', { open_level: 'edit' })
  const thread = (await ana.expect(201, 'POST', `/documents/${small}/threads`, { body: 'Hm' })).body.thread_id
  const { url } = (await ana.expect(201, 'POST', `/documents/${id}/links`, { level: 'view' })).body
  const guest = new Person(server)
  await guest.expect(200, 'POST', '/links/enter', { token: url.split('#')[1], name: 'Gus' })
  const attacker = new From(server, '10.0.0.1', { stranger: undefined, guest: guest.cookies, member: mia.cookies }[kind])
  const victim = new From(server, '10.0.0.2', ben.cookies)
  const path = `/documents/${small}/threads/${thread}/comments`
  await pause(2_000)
  const idle = await smallWrites(victim, path, pause(20_000))
  const before = memory(server)
  let highest = before
  const sampling = setInterval(() => (highest = Math.max(highest, memory(server))), 100)
  let requests = 0
  const until = Date.now() + SECONDS * 1_000
  // `ATTACK` selects one kind of attack by its number, to measure it alone.
  const attacks = process.env.ATTACK ? [ATTACKS[kind][Number(process.env.ATTACK)]] : ATTACKS[kind]
  const loop = async (n) => {
    while (Date.now() < until) {
      const attack = attacks[(n + requests) % attacks.length]
      requests++
      await Promise.race([attack(attacker, { id, revision }).catch(() => {}), pause(30_000)])
    }
  }
  const busy = await smallWrites(victim, path, Promise.all(Array.from({ length: LOOPS }, (_, n) => loop(n))))
  clearInterval(sampling)
  const began = performance.now()
  await server.stop()
  const stop = (performance.now() - began) / 1_000
  const row = { kind, requests, grown: (highest - before) / MIB, idle: percentile(idle, 0.99), busy: percentile(busy, 0.99), median: percentile(busy, 0.5), failed: busy.filter((time) => time === Infinity).length, stop }
  row.fine = row.busy <= 3 * Math.max(row.idle, 10) && row.stop <= STOP_SECONDS + 1 && (kind !== 'stranger' || row.grown <= 64)
  console.error(JSON.stringify(row))
  return row
}

export async function minutes() {
  const rows = []
  for (const kind of Object.keys(ATTACKS).filter((kind) => !process.argv[2] || kind === process.argv[2])) rows.push(await minute(kind))
  return rows
}

export const report = (rows) => table(['who', 'requests and sockets', 'memory above idle, MiB', 'small writes of others, idle: p99 ms', 'in that minute: p50 / p99 ms', 'refused', 'stop, s'], rows.map(({ kind, requests, grown, idle, busy, median, failed, stop }) => [kind, requests, grown.toFixed(0), idle.toFixed(0), `${median.toFixed(0)} / ${busy.toFixed(0)}`, failed, stop.toFixed(1)]))

if (import.meta.url === `file://${process.argv[1]}`) {
  const rows = await minutes()
  console.log(report(rows))
  process.exitCode = rows.every(({ fine }) => fine) ? 0 : 1
}
