// Stock clients of every promised version edit one document together.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { FAMILIES, Y, Y14 } from './families.mjs'
import { Server, until } from './server.mjs'

let server
before(async () => (server = await Server.start()))
after(() => server.stop())

const text = (client) => {
  const root = client.doc instanceof Y14.Doc ? client.doc.get('text') : client.doc.getText('text')
  return root.toString()
}
const insert = (client, at, words) =>
  client.doc instanceof Y14.Doc ? client.doc.get('text').insert(at, words) : client.doc.getText('text').insert(at, words)
const length = (client) => (client.doc instanceof Y14.Doc ? client.doc.get('text').length : client.doc.getText('text').length)

// A client that a failed test leaves behind must not keep the run alive: see package.json, --test-force-exit.
test('every family edits one document, converges, and sees the others', async () => {
  const clients = Object.entries(FAMILIES).map(([name, open]) => ({ name, ...open(server, 'Together ü/1') }))
  await until(() => clients.every((client) => client.synced()), () => `unsynced: ${clients.filter((c) => !c.synced()).map((c) => c.name)}`)
  for (const client of clients) insert(client, length(client), `${client.name};`)
  for (const client of clients) insert(client, 0, '🙂')
  const whole = (client) => clients.every(({ name }) => text(client).includes(`${name};`)) && [...text(client).matchAll(/🙂/gu)].length === clients.length
  await until(() => clients.every(whole), () => clients.map((c) => `${c.name}: ${text(c)}`).join('\n'))
  await until(() => new Set(clients.map(text)).size === 1, () => clients.map((c) => `${c.name}: ${text(c)}`).join('\n'))
  await until(
    () => clients.every((client) => client.awareness.getStates().size === clients.length),
    () => clients.map((c) => `${c.name} sees ${c.awareness.getStates().size}`).join('\n'),
    20_000,
  )
  const stored = new Y.Doc()
  Y.applyUpdate(stored, await server.state('Together ü/1'))
  assert.equal(stored.getText('text').toString(), text(clients[0]))
  clients.forEach((client) => client.destroy())
})

// More names than one SQL statement looks up: see crates/access/src/headless_names.rs.
test('hundreds of new names, each opened twice at the same time, are one document each', async () => {
  const names = Array.from({ length: 300 }, (_, n) => `new name ${n}`)
  const open = FAMILIES['y-websocket 3.0']
  const pairs = names.map((name) => [open(server, name), open(server, name)])
  const all = pairs.flat()
  await until(() => all.every((client) => client.synced()), () => `unsynced: ${all.filter((client) => !client.synced()).length}`, 60_000)
  pairs.forEach((pair, n) => pair.forEach((client, side) => insert(client, 0, `${n}.${side};`)))
  const said = (words) => words.split(';').filter(Boolean).sort().join(' ')
  const wrong = () => names.filter((_, n) => pairs[n].some((client) => said(text(client)) !== `${n}.0 ${n}.1`))
  await until(() => wrong().length === 0, () => `wrong: ${wrong()}`, 60_000)
  for (const client of all) client.destroy()
})

test('[PRES-11] carets of a busy room are gathered: everybody gets the newest, but not their own', async () => {
  const clients = Object.entries(FAMILIES).map(([name, open]) => ({ name, ...open(server, 'busy') }))
  await until(() => clients.every((client) => client.awareness.getStates().size === clients.length), 'everybody sees everybody', 60_000)
  const clocks = () => clients.map(({ awareness }) => awareness.meta.get(awareness.clientID).clock)
  const [before, moves] = [clocks(), 40]
  let heard = 0
  clients[0].awareness.on('update', (_, origin) => (heard += origin === 'local' ? 0 : 1))
  for (let move = 1; move <= moves; move++) {
    for (const client of clients) client.awareness.setLocalStateField('caret', move)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  const carets = (client) => [...client.awareness.getStates().values()].map((state) => state.caret)
  await until(() => clients.every((client) => carets(client).every((caret) => caret === moves)), () => clients.map((c) => `${c.name}: ${carets(c)}`).join('\n'))
  assert.ok(heard < (moves * clients.length) / 3, `${heard} messages for ${moves * (clients.length - 1)} moves`)
  // A client that gets its own state with a later clock would accept that as its state.
  clocks().forEach((clock, index) => assert.ok(clock - before[index] <= moves, `${clients[index].name}: ${clock - before[index]} for ${moves} moves`))
  clients.forEach((client) => client.destroy())
})

test('formatting is the same in both families', async () => {
  const open = ['y-websocket 1.5', 'y-websocket 3.1', '@hocuspocus/provider 2.15', '@hocuspocus/provider 4.8']
  const clients = open.map((name) => FAMILIES[name](server, 'formats'))
  await until(() => clients.every((client) => client.synced()), 'all synced')
  const [a, b, c, d] = clients.map((client) => client.doc.getText('text'))
  a.insert(0, 'plain bold both')
  await until(() => d.length === 15, 'the text arrives')
  b.format(6, 4, { bold: true })
  c.format(8, 7, { em: true })
  d.insertEmbed(15, { image: 'chart.png' })
  const delta = () => [a, b, c, d].map((text) => JSON.stringify(text.toDelta()))
  await until(() => new Set(delta()).size === 1 && delta()[0].includes('chart') && delta()[0].includes('bold') && delta()[0].includes('em'), () => delta().join('\n'))
  clients.forEach((client) => client.destroy())
})

test('clients reconnect after kill -9 and nothing acknowledged is lost', async () => {
  const own = await Server.start()
  const clients = Object.entries(FAMILIES).map(([name, open]) => ({ name, ...open(own, 'phoenix') }))
  await until(() => clients.every((client) => client.synced()), 'all synced')
  for (const client of clients) insert(client, 0, `${client.name} before;`)
  await until(() => clients.every((c) => clients.every(({ name }) => text(c).includes(`${name} before;`))), 'everybody has everything')
  await own.kill()
  await until(() => clients.every((client) => !client.connected()), 'everybody noticed')
  for (const client of clients) insert(client, 0, `${client.name} offline;`)
  await own.restart()
  await until(
    () => clients.every((c) => clients.every(({ name }) => text(c).includes(`${name} before;`) && text(c).includes(`${name} offline;`))),
    () => clients.map((c) => `${c.name}: ${text(c)}`).join('\n'),
    40_000,
  )
  clients.forEach((client) => client.destroy())
  await own.stop()
})

test('no client reconnects during 70 seconds of silence', { timeout: 600_000 }, async () => {
  const clients = Object.entries(FAMILIES).map(([name, open]) => ({ name, client: open(server, 'quiet') }))
  // One client of each family sends no presence, so nothing of its own keeps its socket alive.
  for (const name of ['y-websocket 3.0', '@hocuspocus/provider 4.8']) {
    const client = FAMILIES[name](server, 'quiet')
    client.awareness.setLocalState(null)
    clients.push({ name: `${name} without presence`, client })
  }
  await until(() => clients.every(({ client }) => client.synced()), 'all synced')
  const began = Date.now()
  let dropped = []
  await until(() => {
    dropped = clients.filter(({ client }) => !client.connected() || client.connects > 1).map(({ name }) => name)
    return dropped.length > 0 || Date.now() - began > 70_000
  }, 'time', 90_000)
  assert.deepEqual(dropped, [])
  clients.forEach(({ client }) => client.destroy())
})
