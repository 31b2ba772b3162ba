// Attacks with raw sockets: thousands of attempts to write without the right, and to send presence of others, all fail.
// And hostile content of writers never leaves a document as active content.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import * as encoding from 'lib0/encoding'
import WebSocket from 'ws'
import * as Y from 'yjs'
import { encodeAwarenessUpdate, Awareness } from 'y-protocols/awareness'
import { hostileNodes } from './hostile.mjs'
import { Person, join, owner } from './people.mjs'
import { Server, until } from './server.mjs'

const TRIES = Number(process.env.ATTACK_TRIES ?? 2_000)
let server, ana, ben, id, listener

before(async () => {
  // The rate limit of messages is tested elsewhere; here it is too high to be reached.
  server = await Server.start({ args: [], env: { CONSILIUM_MESSAGES_PER_SECOND: '100000' } })
  ana = await owner(server)
  ben = await join(ana, 'analyst', 'Ben')
  id = (await ana.expect(201, 'POST', '/documents', { title: 'Plan' })).body.id
  await ana.expect(204, 'PUT', `/documents/${id}/shares/${ben.id}`, { level: 'edit' })
  listener = ana.open(id)
  await until(() => listener.provider.isSynced, 'Ana is in')
})
after(async () => {
  listener.end()
  await server.stop()
})

const bytes = (...parts) => {
  const encoder = encoding.createEncoder()
  for (const part of parts) {
    if (typeof part === 'number') encoding.writeVarUint(encoder, part)
    else if (typeof part === 'string') encoding.writeVarString(encoder, part)
    else encoding.writeVarUint8Array(encoder, part)
  }
  return encoding.toUint8Array(encoder)
}
const update = (n) => {
  const doc = new Y.Doc()
  doc.clientID = 1_000_000 + n
  doc.getXmlFragment('default').insert(0, [new Y.XmlElement('paragraph')])
  doc.getText('text').insert(0, `attack ${n}`)
  return Y.encodeStateAsUpdate(doc)
}
const open = (url, headers) => new Promise((resolve, reject) => {
  const socket = new WebSocket(url, { headers })
  socket.binaryType = 'arraybuffer'
  socket.heard = 0
  socket.on('message', () => socket.heard++)
  socket.once('open', () => resolve(socket))
  socket.once('error', reject)
})
/** Waits until everything sent was read: a later SyncStep1 is answered. */
const drained = async (socket, question) => {
  const before = socket.heard
  socket.send(question)
  await until(() => socket.readyState !== WebSocket.OPEN || socket.heard > before, 'the server reads on', 60_000)
}

// All messages that can carry an update, or something that looks like one, in both families.
const HOCUSPOCUS = [
  (n) => bytes(id, 0, 2, update(n)), // update
  (n) => bytes(id, 0, 1, update(n)), // SyncStep2
  (n) => bytes(id, 4, 2, update(n)), // SyncReply
  (n) => bytes(id, 4, 1, update(n)),
  (n) => bytes(id, 5, `attack ${n}`), // stateless
  (n) => bytes(id, 6, `attack ${n}`), // stateless for everybody
  (n) => bytes(id, 8, 1), // an acknowledgement, as if from the server
  (n) => bytes(id, 2, 2, 'read-write'), // "authenticated", as if from the server
  (n) => bytes(id, 11 + (n % 200), update(n)), // kinds that there are not
]
const Y_WEBSOCKET = [
  (n) => bytes(0, 2, update(n)),
  (n) => bytes(0, 1, update(n)),
  (n) => bytes(2, 'read-write'),
  (n) => bytes(5 + (n % 100), update(n)),
]

test(`[PERM-18] ${TRIES} attempts to write without the right, over every kind of message: no row, nothing broadcast`, async () => {
  const viewer = await join(ana, 'viewer', 'Vera')
  const commenter = await join(ana, 'analyst', 'Cora')
  await ana.expect(204, 'PUT', `/documents/${id}/shares/${viewer.id}`, { level: 'edit' }) // its role is the ceiling
  await ana.expect(204, 'PUT', `/documents/${id}/shares/${commenter.id}`, { level: 'comment' })
  const { url } = (await ana.expect(201, 'POST', `/documents/${id}/links`, { level: 'comment' })).body
  const guest = new Person(server)
  await guest.expect(200, 'POST', '/links/enter', { token: url.split('#')[1], name: 'Gus' })
  const { key } = (await ben.expect(201, 'POST', '/keys', { name: 'reader', scopes: ['documents:read'] })).body
  const stranger = await join(ana, 'analyst', 'Stan')
  const { etag } = await ana.expect(200, 'GET', `/documents/${id}/content`)
  const told = []
  listener.provider.document.on('update', (bytes) => told.push(bytes))
  listener.provider.on('stateless', ({ payload }) => told.push(payload))

  const attackers = [viewer, commenter, guest, stranger].map((person) => ({ cookie: person.cookie, origin: server.url }))
  attackers.push({ authorization: `Bearer ${key}` })
  let sent = 0
  const each = Math.ceil(TRIES / attackers.length / 2)
  await Promise.all(attackers.flatMap((headers) => [
    (async () => {
      const socket = await open(server.collab, headers)
      socket.send(bytes(id, 2, 0, 'cookie'))
      socket.send(bytes(id, 0, 0, Y.encodeStateVector(new Y.Doc())))
      for (let n = 0; n < each; n++, sent++) {
        socket.send(HOCUSPOCUS[n % HOCUSPOCUS.length](sent))
        if (n % 500 === 499) await drained(socket, bytes(id, 2, 0, 'cookie'))
      }
      await drained(socket, bytes(id, 2, 0, 'cookie'))
      socket.close()
    })(),
    (async () => {
      const socket = await open(`${server.sync}/${id}`, headers)
      for (let n = 0; n < each; n++, sent++) {
        socket.send(Y_WEBSOCKET[n % Y_WEBSOCKET.length](sent))
        if (n % 500 === 499) await drained(socket, bytes(0, 0, Y.encodeStateVector(new Y.Doc())))
      }
      await drained(socket, bytes(0, 0, Y.encodeStateVector(new Y.Doc())))
      socket.close()
    })(),
  ]))
  assert.ok(sent >= TRIES)
  for (const person of [viewer, commenter, guest]) {
    await person.expect(403, 'PUT', `/documents/${id}/content`, '# x', { 'content-type': 'text/markdown', 'if-match': etag })
    await person.expect(403, 'PUT', `/documents/${id}/state`, Buffer.from(update(1)), { 'content-type': 'application/octet-stream' })
  }
  // A later edit by a member with the right is the first one that others receive, and the next row.
  listener.text.insert(0, 'by Ana')
  await until(() => listener.provider.unsyncedChanges === 0, 'Ana writes')
  const after = await ana.expect(200, 'GET', `/documents/${id}/content`)
  assert.equal(Number(JSON.parse(after.etag)), Number(JSON.parse(etag)) + 1)
  assert.equal(told.length, 1, 'Ana\'s own')
  assert.equal(listener.text.toString(), 'by Ana')
})

test(`[PRES-10] ${TRIES} forged presence messages: nobody receives one`, async () => {
  const witness = ben.open(id)
  await until(() => witness.provider.isSynced, 'Ben is in')
  const mine = listener.provider.awareness.clientID
  listener.provider.awareness.setLocalState({ user: { name: 'Ana' }, cursor: 7 })
  const seen = witness.provider.awareness
  await until(() => seen.getStates().get(mine)?.user?.id === ana.id, 'Ben sees Ana')
  const lies = []
  seen.on('change', ({ added, updated, removed }) => {
    for (const client of [...added, ...updated]) {
      const state = seen.getStates().get(client)
      if (state?.user?.id === ana.id && client !== mine) lies.push(state)
      if (client === mine && state?.cursor !== 7) lies.push(state)
      if (state?.user?.name === 'The board') lies.push(state)
    }
    if (removed.includes(mine)) lies.push('Ana is gone')
  })
  const eve = await join(ana, 'analyst', 'Eve')
  await ana.expect(204, 'PUT', `/documents/${id}/shares/${eve.id}`, { level: 'edit' })
  const lie = (client, clock, state) => {
    const awareness = new Awareness(new Y.Doc())
    awareness.states.set(client, state)
    awareness.meta.set(client, { clock, lastUpdated: 0 })
    const encoded = encodeAwarenessUpdate(awareness, [client])
    awareness.destroy()
    return encoded
  }
  const user = { id: ana.id, name: 'Ana', color: '#000000' }
  const kinds = [
    (n) => lie(mine, 1_000 + n, { user, cursor: n }), // in Ana's place
    (n) => lie(5_000 + (n % 7), n, { user, cursor: n }), // as another Ana
    (n) => lie(mine, 1_000_000 + n, null), // Ana left
    (n) => lie(6_000 + (n % 7), n, { user: { name: 'The board', id: 'board' } }),
    (n) => lie(7_000 + (n % 7), n, { user: [user], name: 'The board' }),
  ]
  const sockets = [await open(server.collab, { cookie: eve.cookie, origin: server.url }), await open(`${server.sync}/${id}`, { cookie: eve.cookie, origin: server.url })]
  sockets[0].send(bytes(id, 2, 0, 'cookie'))
  for (let n = 0; n < TRIES; n++) {
    const state = kinds[n % kinds.length](n)
    if (n % 2) sockets[0].send(bytes(id, 1, state))
    else sockets[1].send(bytes(1, state))
    if (n % 500 === 499) await Promise.all([drained(sockets[0], bytes(id, 2, 0, 'cookie')), drained(sockets[1], bytes(0, 0, Y.encodeStateVector(new Y.Doc())))])
  }
  // Eve's later honest message arrives under her own name; a connection has only one client.
  sockets.push(await open(`${server.sync}/${id}`, { cookie: eve.cookie, origin: server.url }))
  sockets[2].send(bytes(1, lie(9_999, 1, { cursor: 1 })))
  await until(() => seen.getStates().get(9_999)?.user?.id === eve.id, 'Ben sees Eve as Eve')
  assert.deepEqual(lies, [])
  assert.equal(seen.getStates().get(mine).cursor, 7)
  for (const socket of sockets) socket.close()
  witness.end()
})

test('[PROSE-11] 200 hostile nodes of a raw client are harmless in every export', async () => {
  const makers = hostileNodes()
  assert.ok(makers.length >= 200, `${makers.length} nodes`)
  const { id } = (await ana.expect(201, 'POST', '/documents', { title: 'Hostile' })).body
  let written = 0
  for (const make of makers) {
    const doc = new Y.Doc()
    let update
    try {
      doc.getXmlFragment('default').insert(0, [make()])
      update = Y.encodeStateAsUpdate(doc)
    } catch {
      continue // Yjs itself cannot write it
    }
    const socket = await open(`${server.sync}/${id}`, { cookie: ana.cookie, origin: server.url })
    socket.send(bytes(0, 2, update))
    await drained(socket, bytes(0, 0, Y.encodeStateVector(new Y.Doc())))
    socket.close()
    written++
    for (const format of ['html', 'markdown', 'json', 'text']) {
      const answer = await fetch(`${server.url}/api/v1/documents/${id}/content?format=${format}`, { headers: { cookie: ana.cookie }, signal: AbortSignal.timeout(120_000) })
      assert.equal(answer.status, 200, `${format} after ${make}`)
      assert.match(answer.headers.get('content-security-policy'), /default-src 'none'; sandbox/)
      assert.equal(answer.headers.get('x-content-type-options'), 'nosniff')
    }
  }
  assert.ok(written >= 190, `${written} were written`)
  const read = async (format) => (await fetch(`${server.url}/api/v1/documents/${id}/content?format=${format}`, { headers: { cookie: ana.cookie } })).text()
  const html = await read('html')
  const tags = [...html.matchAll(/<(\/?)([a-zA-Z][^\s/>]*)((?:[^>"']|"[^"]*"|'[^']*')*)>/g)]
  const allowed = new Set(['p', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'ul', 'ol', 'li', 'blockquote', 'pre', 'code', 'strong', 'em', 's', 'u', 'a', 'img', 'hr', 'br', 'table', 'thead', 'tbody', 'tr', 'td', 'th', 'input', 'label', 'div', 'span'])
  for (const [whole, , name, attributes] of tags) {
    assert.ok(allowed.has(name), whole)
    for (const [, attribute, value] of attributes.matchAll(/([^\s=]+)="([^"]*)"/g)) {
      assert.ok(!/^on|^style$|^srcdoc$|^formaction$/i.test(attribute), whole)
      if (['href', 'src'].includes(attribute)) assert.match(value, /^(https?:|mailto:|tel:|\/(?!\/)|#|data:image\/(png|jpeg|gif|webp))/i, whole)
    }
  }
  const markdown = await read('markdown')
  const { parse } = await import('./markdown.mjs')
  assert.deepEqual(parse(markdown).filter((url) => /^\s*(javascript|vbscript|data:text|file|blob)/i.test(url)), [])
  // Writing an export back changes nothing or is refused with a reason.
  const put = await ana.call('PUT', `/documents/${id}/content`, markdown, { 'content-type': 'text/markdown', 'if-match': (await ana.call('GET', `/documents/${id}/content`)).etag })
  assert.ok([204, 422].includes(put.status), JSON.stringify(put.body))
})
