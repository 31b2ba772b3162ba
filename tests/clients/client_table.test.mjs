// What each supported client does when it is refused, cut off or given a new token: the table in docs/clients.md.
import { after, before, test } from 'node:test'
import { committed } from './committed.mjs'
import { FAMILIES, Y14 } from './families.mjs'
import { SECRET, Server, token, until } from './server.mjs'

const PATIENCE = 30_000
/** Within this time a client has come back, or does not. y-websocket waits 0.1 s before its first attempt. */
const RETURNS_WITHIN = 3_000
let server
before(async () => (server = await Server.start({ args: [], env: { CONSILIUM_HEADLESS_SECRET: SECRET } })))
after(() => server.stop())

const text = ({ doc }) => (doc instanceof Y14.Doc ? doc.get('text') : doc.getText('text'))
const isHocuspocus = (family) => family.includes('hocuspocus')
const signed = (documents, seconds = 600) => token({ sub: 'ana', exp: Math.floor(Date.now() / 1000) + seconds, documents: { [documents]: 'edit' } })
const pause = (ms) => new Promise((done) => setTimeout(done, ms))
const each = (measure) => Promise.all(Object.entries(FAMILIES).map(async ([family, open]) => [family, await measure(family, open)]))

async function refusal(family, open) {
  const told = []
  const client = open(server, 'another', { token: signed(`refused by ${family}`), onAuthenticationFailed: ({ reason }) => told.push(`\`onAuthenticationFailed\`: ${reason}`) })
  const { provider } = client
  if (!isHocuspocus(family)) {
    provider.on('connection-close', (event) => event && told.push(`\`connection-close\`: ${event.code} ${event.reason}`))
  }
  await until(() => told.length > 0, `${family} is told`, PATIENCE)
  const connects = client.connects
  await pause(RETURNS_WITHIN)
  const after = isHocuspocus(family) ? client.connected() && 'the socket stays open' : client.connects === connects ? 'it stays away' : client.connects === connects + 1 && client.connected() ? 'it returns once, and is kept silent' : 'it returns again and again'
  client.destroy()
  return `${told[0]}; ${after}`
}

async function refresh(family, open) {
  const name = `renewed by ${family}`
  let asked = 0
  const fresh = () => signed(name, asked++ === 0 ? 5 : 600)
  const closed = []
  const client = open(server, name, { token: isHocuspocus(family) ? fresh : fresh(), onAuthenticationFailed: ({ reason }) => closed.push(reason) })
  if (!isHocuspocus(family)) client.provider.on('connection-close', (event) => event && closed.push(`${event.code}`))
  await until(() => client.synced(), `${family} is synced`, PATIENCE)
  await until(() => closed.length > 0 || asked > 1, `${family} needs a new token`, PATIENCE)
  text(client).insert(0, 'typed meanwhile')
  let how = 'asked for by the server; no reconnect'
  if (closed.length > 0) {
    const { provider } = client
    if (isHocuspocus(family)) {
      how = `\`${closed[0]}\`: open a new provider on the Y.Doc`
      client.destroy()
      Object.assign(client, open(server, name, { doc: client.doc, token: signed(name) }))
    } else {
      how = `${closed[0]}: set ${provider.params ? '`params.token`' : 'the token in `url`'}, \`disconnect()\`, \`connect()\``
      if (provider.params) provider.params.token = signed(name)
      else provider.url = provider.url.replace(/token=.*/, `token=${signed(name)}`)
      provider.disconnect()
      provider.connect()
    }
  }
  const reader = open(server, name, { token: signed(name) })
  await until(() => text(reader).toString() === 'typed meanwhile', `what ${family} typed meanwhile arrives`, PATIENCE)
  reader.destroy()
  client.destroy()
  return how
}

/** Everybody is on one document while the server is killed and started again. */
async function restart() {
  const found = Object.fromEntries(Object.keys(FAMILIES).map((family) => [family, {}]))
  const clients = await each((_, open) => open(server, 'team', { token: signed('team') }))
  const seen = ({ awareness }) => [...awareness.getStates().values()].map(({ name }) => name)
  const order = ({ doc }) => JSON.stringify((doc instanceof Y14.Doc ? doc.get('map').getAttr('object') : doc.getMap('map').get('object')) ?? {})
  for (const [family, { awareness }] of clients) awareness.setLocalStateField('name', family)
  const all = (holds) => () => clients.every(([, client]) => holds(client))
  await until(all((client) => client.synced() && clients.every(([family]) => seen(client).includes(family))), 'all are there', PATIENCE)
  const object = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`key ${(index * 7) % 12}`, index]))
  clients[0][1].doc.getMap('map').set('object', object)
  await until(all((client) => order(client).length > 2), 'the object arrives', PATIENCE)
  // A renewal, after 15 s, would make them visible too.
  for (const [, { awareness }] of clients) clearInterval(awareness._checkInterval)
  await server.kill()
  await until(all((client) => !client.connected()), 'all are disconnected', PATIENCE)
  for (const [family, client] of clients) text(client).insert(0, `[${family}]`)
  await server.restart()
  await until(all((client) => client.connected() && client.synced()), 'all are back', PATIENCE)
  const back = Date.now()
  const missing = ([family]) => clients.some(([, client]) => !seen(client).includes(family))
  await until(() => !clients.some(missing), () => `missing: ${clients.filter(missing).map(([family]) => family)}`, PATIENCE)
  const within = Date.now() - back
  const arrived = ([family]) => clients.every(([, client]) => text(client).toString().includes(`[${family}]`))
  await until(() => clients.every(arrived), 'what was typed meanwhile arrives', PATIENCE)
  for (const [family, client] of clients) {
    const reader = FAMILIES[family](server, 'team', { token: signed('team') })
    await until(() => reader.synced(), 'the reader is synced', PATIENCE)
    found[family] = {
      reconnect: 'automatic; edits made meanwhile are sent',
      presence: within < 3_000 ? 'within 3 s' : 'later than 3 s',
      order: order(reader) === JSON.stringify(object) ? 'as written' : 'another',
    }
    for (const one of [reader, client]) one.destroy()
  }
  return found
}

test('[F4] [F6] [F7] the table of clients says what each of them does', { timeout: 180_000 }, async () => {
  const [refusals, refreshes] = (await Promise.all([each(refusal), each(refresh)])).map(Object.fromEntries)
  const restarts = await restart()
  const rows = Object.entries(restarts).map(([family, { reconnect, presence, order }]) => [family, refusals[family], refreshes[family], reconnect, presence, order])
  committed('clients.md', 'table of clients', ['client', 'without the right', 'when the token expires', 'after a restart', 'presence after it', 'keys of objects'], rows)
})
