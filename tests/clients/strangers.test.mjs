// What people without an account can cost: memory, and the time of others.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import { Person, join, owner } from './people.mjs'
import { Server, until } from './server.mjs'

const MIB = 1 << 20
let server, ana, ben

before(async () => {
  server = await Server.start({ args: [] })
  ana = await owner(server)
  ben = await join(ana, 'analyst', 'Ben')
})
after(() => server.stop())

/** The largest memory of the server so far, in bytes. */
const peak = () => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${server.child.pid}/status`, 'utf8'))[1]) * 1024

/** Sends a request and closes the connection without waiting for the answer. */
const abandon = (method, path, body, after) => new Promise((resolve, reject) => {
  const text = JSON.stringify(body)
  const socket = connect(new URL(server.url).port, '127.0.0.1', () => {
    socket.write(`${method} /api/v1${path} HTTP/1.1\r\nhost: ${server.address}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`, () => setTimeout(() => socket.destroy(), after))
  })
  socket.on('close', resolve)
  socket.on('error', reject)
})

test('[LIMIT-16] sign-ins that disconnect take no more memory than others (D1)', async () => {
  await ana.expect(200, 'GET', '/me')
  const before = peak()
  await Promise.all(Array.from({ length: 40 }, (_, n) => abandon('POST', '/auth/sign-in', { email: `n${n}@example.org`, password: 'wrong wrong' }, 20 + 4 * n)))
  await ana.expect(200, 'POST', '/auth/sign-in', { email: 'ana@example.org', password: 'correct horse' })
  const grown = peak() - before
  console.log(`${Math.round(grown / MIB)} MiB more`)
  assert.ok(grown <= 64 * MIB, `${Math.round(grown / MIB)} MiB`)
})

test('[AUTH-26] a wrong password has one answer, whether or not there is such an account (B10)', async () => {
  const tries = []
  for (const email of ['Ben@example.org', 'nobody@example.org']) {
    const { status, body } = await new Person(server).call('POST', '/auth/sign-in', { email, password: 'wrong wrong' })
    tries.push([status, body.code, body.detail])
  }
  assert.deepEqual(tries[0], [401, 'wrong-password', 'Wrong email or password.'])
  assert.deepEqual(tries[1], tries[0])
  // Both take a password hash: an answer without one would be ten times as fast.
  const times = { 'Ben@example.org': [], 'nobody@example.org': [] }
  for (let n = 0; n < 7; n++) {
    for (const email of Object.keys(times)) {
      const began = performance.now()
      await new Person(server).call('POST', '/auth/sign-in', { email, password: 'wrong wrong' })
      times[email].push(performance.now() - began)
    }
  }
  const [known, unknown] = Object.values(times).map((all) => all.sort((a, b) => a - b)[3])
  assert.ok(known < 3 * unknown && unknown < 3 * known, `${known} and ${unknown} ms`)
  const link = (await ana.expect(201, 'POST', '/documents', { title: 'Plan' })).body.id
  const { url } = (await ana.expect(201, 'POST', `/documents/${link}/links`, { level: 'view', password: 'only for the board' })).body
  const refused = await new Person(server).expect(401, 'POST', '/links/enter', { token: url.split('#')[1], name: 'Eve', password: 'guess' })
  assert.deepEqual([refused.body.code, refused.body.detail], ['wrong-password', 'That password is not right.'])
  const again = await ben.expect(422, 'POST', '/me/password', { old: 'wrong wrong', new: 'another long one' })
  assert.equal(again.body.code, 'wrong-password')
})

test('[AUTH-25] an address that only looks like another one is refused (B9)', async () => {
  const invitation = async () => (await ana.expect(200, 'POST', '/invites', { role: 'viewer' })).body.url.split('/').at(-1)
  for (const email of ['ben@example.org\u200b', 'b\u00aden@example.org', 'ben@example.org\u2069', 'a@b@c', 'ben@example..org', 'ben@exａmple.org']) {
    const person = { name: 'Ben', email, password: 'long enough to guess' }
    const refused = await new Person(server).expect(422, 'POST', `/invites/${await invitation()}/accept`, person)
    assert.equal(refused.body.code, 'invalid', JSON.stringify(email))
    await ana.expect(422, 'POST', '/invites', { role: 'viewer', email })
  }
  await new Person(server).expect(200, 'POST', `/invites/${await invitation()}/accept`, { name: 'Jörg', email: 'jörg@müller.example', password: 'long enough to guess' })
})

test('[LIMIT-11] a guest with many requests does not hold up other people (D1, D2)', async () => {
  const { id } = (await ana.expect(201, 'POST', '/documents', { title: 'Long', open_level: 'edit' })).body
  const words = (seed) => Array.from({ length: 40_000 }, (_, n) => `w${(n * n + seed * n) % 7}`).join(' ')
  const put = async (text) => ana.expect(204, 'PUT', `/documents/${id}/content`, text, { 'content-type': 'text/markdown', 'if-match': (await ana.expect(200, 'GET', `/documents/${id}/content`)).etag })
  await put(words(1))
  const from = (await ana.expect(201, 'POST', `/documents/${id}/revisions`, { name: 'Then' })).body.revision_id
  await put(words(3))
  const { url } = (await ana.expect(201, 'POST', `/documents/${id}/links`, { level: 'comment' })).body
  const guest = new Person(server)
  await guest.expect(200, 'POST', '/links/enter', { token: url.split('#')[1], name: 'Mia' })
  let answered = 0
  const many = Promise.all(Array.from({ length: 30 }, () => guest.call('GET', `/documents/${id}/changes?from=${from}`).then(({ status }) => (answered++, status))))
  await until(() => answered > 0, 'the first is answered')
  const small = (await ben.expect(201, 'POST', '/documents', { title: 'Short' })).body.id
  await ben.expect(204, 'PUT', `/documents/${small}/content`, '# Words\n', { 'content-type': 'text/markdown', 'if-match': (await ben.expect(200, 'GET', `/documents/${small}/content`)).etag })
  assert.ok(answered < 30, `${answered} of the guest's requests came first`)
  assert.deepEqual([...new Set(await many)], [200])
})
