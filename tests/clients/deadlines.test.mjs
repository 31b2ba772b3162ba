// Deadlines of HTTP, and what happens when file descriptors run out.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { HocuspocusProvider } from '@hocuspocus/provider'
import WebSocket from 'ws'
import * as Y from 'yjs'
import { owner } from './people.mjs'
import { Server, until } from './server.mjs'

const WITHIN = 30_000
const servers = []
const start = async (options) => {
  const server = await Server.start(options)
  servers.push(server)
  return server
}
after(() => Promise.all(servers.map((server) => server.stop())))

/** A raw connection, and everything that it receives. */
const raw = (server) => new Promise((resolve, reject) => {
  const socket = connect(new URL(server.url).port, '127.0.0.1', () => resolve(open))
  const open = { socket, heard: '', closed: false }
  socket.on('data', (bytes) => (open.heard += bytes))
  socket.on('close', () => (open.closed = true))
  socket.on('error', (error) => (open.closed ? undefined : reject(error)))
})

test('[LIMIT-18] connections without a request, half headers and bodies that pause end; an upload that moves goes on (D4)', async () => {
  const server = await start({ env: { CONSILIUM_HEADER_SECONDS: '1', CONSILIUM_BODY_SECONDS: '2' } })
  const [silent, half, paused] = [await raw(server), await raw(server), await raw(server)]
  half.socket.write('GET /healthz HTTP/1.1\r\nhost: x\r\nx-half: ')
  const put = (length) => `PUT /api/v1/documents/slow/state HTTP/1.1\r\nhost: ${server.address}\r\ncontent-type: application/octet-stream\r\ncontent-length: ${length}\r\n\r\n`
  paused.socket.write(`${put(1_000)}half`)
  const doc = new Y.Doc()
  doc.getText('text').insert(0, 'words that arrive slowly')
  const state = Buffer.from(Y.encodeStateAsUpdate(doc))
  const moving = await raw(server)
  moving.socket.write(put(state.length))
  const began = Date.now()
  for (let at = 0; at < state.length; at += 8) {
    moving.socket.write(state.subarray(at, at + 8))
    await new Promise((resolve) => setTimeout(resolve, 700))
  }
  assert.ok(Date.now() - began > 4_000, 'it took longer than a pause may')
  await until(() => moving.heard.startsWith('HTTP/1.1 204'), () => `the upload is answered: ${moving.heard}`, WITHIN)
  await until(() => silent.closed && half.closed && paused.closed, 'they end', WITHIN)
  assert.match(paused.heard, /^HTTP\/1.1 408 .*"body-too-slow"/s)
})

test('[SAVE-10] requests that do not arrive do not delay a stop (D4)', async () => {
  const server = await start({ env: { CONSILIUM_HEADER_SECONDS: '600', CONSILIUM_BODY_SECONDS: '600', CONSILIUM_STOP_SECONDS: '1' } })
  const [half, paused] = [await raw(server), await raw(server)]
  half.socket.write('GET /healthz HTTP/1.1\r\nhost: x\r\n')
  paused.socket.write(`PUT /api/v1/documents/x/state HTTP/1.1\r\nhost: ${server.address}\r\ncontent-length: 9\r\n\r\nhalf`)
  let exited = false
  server.exited.then(() => (exited = true))
  server.child.kill('SIGTERM')
  await until(() => exited, 'the server stops', WITHIN)
})

test('[OPS-6] without file descriptors, those who are connected notice nothing, and everybody else is told (D4)', async () => {
  const server = await start({ env: { CONSILIUM_HEADER_SECONDS: '20' } })
  const [writer, reader] = ['a', 'b'].map(() => new HocuspocusProvider({ url: server.collab, name: 'plan', document: new Y.Doc(), token: 'x', WebSocketPolyfill: WebSocket }))
  await until(() => writer.isSynced && reader.isSynced, 'both are in', WITHIN)
  const used = readdirSync(`/proc/${server.child.pid}/fd`).length
  await promisify(execFile)('prlimit', ['--pid', String(server.child.pid), `--nofile=${used + 4}:${used + 4}`])
  const silent = await Promise.all(Array.from({ length: 12 }, () => raw(server)))
  // Each request uses a new connection, because an earlier connection may be kept open.
  const ready = async () => {
    const asks = await raw(server)
    asks.socket.write(`GET /readyz HTTP/1.1\r\nhost: ${server.address}\r\nconnection: close\r\n\r\n`)
    await until(() => asks.closed || asks.heard.includes('\r\n\r\n'), 'an answer', WITHIN)
    asks.socket.destroy()
    return asks.heard
  }
  await until(async () => /^HTTP\/1.1 503 .*descriptors/s.test(await ready()), '/readyz says so', WITHIN)
  assert.match(server.log, /descriptor/)
  writer.document.getText('text').insert(0, 'still here')
  await until(() => reader.document.getText('text').toString() === 'still here', 'people go on', WITHIN)
  assert.ok(writer.isSynced && reader.isSynced)
  for (const { socket } of silent) socket.destroy()
  await until(async () => (await ready()).startsWith('HTTP/1.1 200'), 'the server recovers', WITHIN)
  for (const provider of [writer, reader]) provider.destroy()
})

test('[LIMIT-5] pings count like other messages (D4)', async () => {
  const server = await start({ args: [], env: { CONSILIUM_MESSAGES_PER_SECOND: '10' } })
  const ana = await owner(server)
  const socket = new WebSocket(server.collab, { headers: { cookie: ana.cookie, origin: server.url } })
  await new Promise((resolve, reject) => (socket.once('open', resolve), socket.once('error', reject)))
  let pongs = 0
  socket.on('pong', () => pongs++)
  const began = Date.now()
  for (let n = 0; n < 50; n++) socket.ping()
  await until(() => pongs >= 50 || socket.readyState !== WebSocket.OPEN, 'every ping is answered', WITHIN)
  assert.ok(Date.now() - began > 2_000, `${pongs} pings in ${Date.now() - began} ms`)
  socket.terminate()
})
