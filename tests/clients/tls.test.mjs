// TLS by the server itself: REST, cookies and sockets on the same paths.
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { after, before, test } from 'node:test'
import WebSocket from 'ws'
import { WebsocketProvider } from 'y-websocket-3'
import * as Y from 'yjs'
import { Server, until } from './server.mjs'

const { TEST_CA_FILE, TEST_CERT_FILE, TEST_KEY_FILE } = process.env
const tls = { CONSILIUM_TLS_CERT: TEST_CERT_FILE, CONSILIUM_TLS_KEY: TEST_KEY_FILE }
let ca, server

before(async () => {
  ca = readFileSync(TEST_CA_FILE)
  server = await Server.start({ env: tls })
})
after(() => server.stop())

const ask = (path, options = {}, body) =>
  new Promise((resolve, reject) => {
    const asked = request(`${server.url}${path}`, { ca, ...options }, (response) => {
      let text = ''
      response.on('data', (data) => (text += data)).on('end', () => resolve({ status: response.statusCode, headers: response.headers, text }))
    })
    asked.on('error', reject).end(body)
  })

test('[LIMIT-8] it answers only over TLS, and its URLs are https', async () => {
  assert.match(server.printed, /^https:/)
  assert.equal((await ask('/healthz')).text, 'ok\n')
  assert.equal(JSON.parse((await ask('/readyz')).text).status, 'ready')
  assert.match((await ask('/')).headers['strict-transport-security'], /max-age=\d{8}/)
  await assert.rejects(fetch(`${server.url.replace('https', 'http')}/healthz`))
  // [OPS-8] G7: when its certificate ends is a figure.
  const ends = async () => Number(/^consilium_certificate_expiry_timestamp_seconds (\S+)/m.exec((await ask('/metrics')).text)[1])
  const { validTo } = new X509Certificate(readFileSync(process.env.TEST_CERT_FILE))
  await until(async () => (await ends()) * 1000 === Date.parse(validTo), 'it is measured')
  await assert.rejects(ask('/healthz', { ca: undefined }), /self-signed|unable to/)
})

test('stock clients write through TLS, and a large document arrives complete', async () => {
  class Secure extends WebSocket {
    constructor(url, protocols) {
      super(url, protocols, { ca })
    }
  }
  const base = server.sync.replace('ws:', 'wss:')
  const open = () => new WebsocketProvider(base, 'secure', new Y.Doc(), { WebSocketPolyfill: Secure, disableBc: true })
  const [one, two] = [open(), open()]
  await until(() => one.synced && two.synced, 'both are synced')
  const words = 'words and more words '.repeat(50_000)
  one.doc.getText('text').insert(0, words)
  await until(() => two.doc.getText('text').length === words.length, 'a megabyte arrives')
  two.doc.getText('text').insert(0, 'back ')
  await until(() => one.doc.getText('text').toString().startsWith('back '), 'and an answer')
  one.destroy()
  two.destroy()
})

test('cookies over TLS are Secure', async () => {
  const own = await Server.start({ args: [], env: tls })
  const founding = { workspace: 'Acme', name: 'Ana', email: 'ana@example.org', password: 'correct horse', secret: own.printed.split('#')[1] }
  const before = server
  server = own
  const answer = await ask('/api/v1/setup', { method: 'POST', headers: { 'content-type': 'application/json', origin: own.url } }, JSON.stringify(founding))
  server = before
  assert.equal(answer.status, 200, answer.text)
  for (const cookie of answer.headers['set-cookie']) assert.match(cookie, /; Secure/)
  await own.stop()
})

test('an unusable certificate stops the start, with its name', async () => {
  await assert.rejects(Server.start({ env: { ...tls, CONSILIUM_TLS_KEY: TEST_CERT_FILE } }), /tls: .*server.pem cannot be used/)
  await assert.rejects(Server.start({ env: { ...tls, CONSILIUM_TLS_KEY: '' } }), /tls_cert and tls_key go together/)
})
