// Rules that other people's Yjs apps rely on, with the stock clients of both families.
import assert from 'node:assert/strict'
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
  // Clients renew their states after 15 s. Begin right after a renewal, so that none helps.
  for (const { awareness } of clients) awareness.setLocalStateField('at', 1)
  await until(() => clients.every((client) => states(client).every(({ at }) => at === 1)), 'all have moved')
  const renewed = Date.now()
  await own.kill()
  await until(() => clients.every((client) => !client.connected()), 'all are disconnected')
  await own.restart()
  await until(() => clients.every((client) => client.connected() && client.synced()), 'all are back')
  await until(() => unseen().length === 0, () => `nobody is missing: ${unseen()}`)
  const took = (Date.now() - renewed) / 1000
  assert.ok(took < 14, `only a renewal made them visible, after ${took} s`)
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
