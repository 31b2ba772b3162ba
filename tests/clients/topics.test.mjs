// Clients are notified when watched topics may have changed: on every node, only if they may read the topic, and
// without content.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import WebSocket from 'ws'
import { HocuspocusProvider, HocuspocusProviderWebsocket } from '@hocuspocus/provider'
import * as Y from 'yjs'
import { Person, join, owner } from './people.mjs'
import { Receiver } from './receiver.mjs'
import { SECRET, Server, token, until } from './server.mjs'
import { Line, database, journal, nodeEnv, redis } from './stores.mjs'

/** The version of the schema that our pages state in the address of their socket. */
const { version: SCHEMA } = JSON.parse(readFileSync(new URL('../../crates/document/src/prose/schema.json', import.meta.url), 'utf8'))

/** No document can have this name. */
const TOPICS = '\u0001topics'
const PATIENCE = 30_000

let one, two, ana, ben

before(async () => {
  const env = { ...nodeEnv({ database: database(), bus: redis() }), CONSILIUM_WEBHOOK_NETWORKS: '["127.0.0.0/8"]', CONSILIUM_DOCUMENTS_PER_SOCKET: '1' }
  one = await Server.start({ args: [], env })
  two = await Server.start({ args: [], env })
  ana = await owner(one)
  ben = await join(ana, 'analyst', 'Ben')
})
after(() => Promise.all([one.stop(), two.stop()]))

const at = (person, server) => Object.assign(new Person(server), { cookies: person.cookies, id: person.id })
/** Renames a document. */
const rename = async (person, id, title) => {
  const { etag } = await person.expect(200, 'GET', `/documents/${id}`)
  await person.expect(200, 'PATCH', `/documents/${id}`, { title }, { 'if-match': etag })
}
const make = async (person, fields) => (await person.expect(201, 'POST', '/documents', fields)).body.id

/** A stock provider at the address of topics. */
class Watcher {
  constructor(person, headers = {}, token = '') {
    const { cookie, server } = person
    class Browser extends WebSocket {
      constructor(url) {
        super(url, { headers: { cookie, origin: server.url, ...headers } })
      }
    }
    this.socket = new HocuspocusProviderWebsocket({ url: `${server.collab}?schema=${SCHEMA}`, WebSocketPolyfill: Browser })
    this.closed = 0
    this.socket.on('close', () => (this.closed += 1))
    this.denied = []
    this.told = []
    this.provider = this.attach(TOPICS, { token, onAuthenticationFailed: ({ reason }) => this.denied.push(reason), onStateless: ({ payload }) => this.told.push(JSON.parse(payload)) })
  }

  attach(name, options = {}) {
    const provider = new HocuspocusProvider({ websocketProvider: this.socket, name, document: new Y.Doc(), awareness: null, token: '', ...options })
    provider.attach()
    return provider
  }

  /** Watches these topics, and waits for the answer. */
  async watch(...topics) {
    this.told.length = 0
    this.provider.sendStateless(JSON.stringify({ t: 'watch', topics }))
    await until(() => this.told.some(({ t }) => t === 'watching' || t === 'refused') || this.denied.length > 0, () => `an answer to ${topics}`, PATIENCE)
    return this.told.find(({ t }) => t === 'watching' || t === 'refused')
  }

  heard = (topic) => this.told.some((message) => message.t === 'topic' && message.topic === topic)

  /** Clears the messages, acts, and waits for the topic. */
  async hears(topic, act) {
    this.told.length = 0
    await act()
    await until(() => this.heard(topic), () => `${topic} is reported: ${JSON.stringify([this.told, this.denied])}`, PATIENCE)
  }

  end() {
    this.provider.destroy()
    this.socket.destroy()
  }
}

/** Watches topics as this person at both nodes. */
async function both(person, ...topics) {
  const watchers = [new Watcher(at(person, one)), new Watcher(at(person, two))]
  for (const watcher of watchers) assert.deepEqual((await watcher.watch(...topics)).topics, topics.toSorted())
  return {
    watchers,
    async hear(topic, act) {
      watchers.forEach((watcher) => (watcher.told.length = 0))
      const since = Date.now()
      await act()
      for (const [index, watcher] of watchers.entries()) await until(() => watcher.heard(topic), () => `${topic} is reported at node ${index + 1}: ${JSON.stringify(watcher.told)}`, PATIENCE)
      return Date.now() - since
    },
    end: () => watchers.forEach((watcher) => watcher.end()),
  }
}

test('[LIVE-1] a changed list is reported on its node and on another, without content', async (t) => {
  const pages = await both(ana, 'decisions', 'documents', 'favourites', 'groups', 'inbox', 'members', 'tags', 'webhooks', 'workflows')
  t.after(() => pages.end())
  let id, thread
  const took = await pages.hear('documents', async () => (id = await make(ana, { title: 'Plan', open_level: 'comment', tags: ['plan'] })))
  assert.ok(took < 5_000, `after ${took} ms`)
  await pages.hear('documents', () => rename(ana, id, 'Plan 2027'))
  await pages.hear('favourites', () => ana.expect(204, 'PUT', `/me/favourites/${id}`, {}))
  const [{ id: tag }] = (await ana.expect(200, 'GET', '/tags')).body
  await pages.hear('tags', () => ana.expect(200, 'PATCH', `/tags/${tag}`, { name: 'plans' }))
  await pages.hear('members', () => ana.expect(200, 'POST', '/invites', { role: 'viewer' }))
  await pages.hear('members', () => join(ana, 'viewer', 'Vera'))
  await pages.hear('groups', () => ana.expect(201, 'POST', '/groups', { name: 'Board' }))
  await pages.hear('workflows', () => ana.expect(201, 'POST', '/workflows', { name: 'Sign-off', steps: [{ name: 'Owner', rule: 'any', people: [{ kind: 'account', id: ana.id }] }] }))
  await pages.hear('inbox', async () => {
    thread = (await ben.expect(201, 'POST', `/documents/${id}/threads`, { body: 'Really? @Ana', mentions: [{ kind: 'account', id: ana.id }] })).body.thread_id
  })
  await pages.hear('decisions', () => ana.expect(200, 'POST', `/documents/${id}/threads/${thread}/resolve`, { outcome: 'decided' }))
  await pages.hear('documents', () => ana.expect(204, 'PUT', `/documents/${id}/shares/${ben.id}`, { level: 'edit' }))
  for (const { told } of pages.watchers) for (const message of told) assert.deepEqual(Object.keys(message).sort(), ['t', 'topic'])
})

test('[LIVE-2] each attempt at a delivery is reported, only to admins', async (t) => {
  const receiver = await new Receiver().open()
  const { body } = await ana.expect(201, 'POST', '/webhooks', { url: receiver.url, events: [] })
  receiver.secret = body.secret
  const log = `webhook/${body.webhook_id}`
  const pages = await both(ana, log, 'webhooks')
  const stranger = new Watcher(ben)
  t.after(() => (pages.end(), stranger.end(), receiver.close()))
  const sent = async (field) => (await ana.expect(200, 'GET', `/webhooks/${body.webhook_id}/deliveries`)).body.items.some((delivery) => delivery[field])
  receiver.mood = 500
  await pages.hear('webhooks', () => ana.expect(202, 'POST', `/webhooks/${body.webhook_id}/ping`))
  await until(() => sent('last_error'), 'it failed')
  receiver.mood = 204
  await pages.hear(log, () => ana.expect(202, 'POST', `/webhooks/${body.webhook_id}/ping`))
  await until(() => sent('sent_at'), 'it was taken')
  const refused = await stranger.watch('webhooks', log)
  assert.deepEqual(refused.topics, [])
  assert.deepEqual(refused.refused.map(({ code }) => code), ['forbidden', 'forbidden'])
  await ana.expect(204, 'DELETE', `/webhooks/${body.webhook_id}`)
  const again = new Watcher(ana)
  assert.deepEqual((await again.watch(log)).refused, [{ topic: log, code: 'not-found' }])
  again.end()
})

test('[LIVE-2] changes of a document are reported to members while they can see it', async (t) => {
  const secret = await make(ana, { title: 'Secret' })
  const none = '0190b6a2-0000-7000-8000-000000000000'
  const topics = [`document/${secret}`, `revisions/${secret}`, `threads/${secret}`]
  const pages = await both(ana, ...topics, 'groups')
  t.after(() => pages.end())
  const spies = [new Watcher(ben), new Watcher(at(ben, two))]
  t.after(() => spies.forEach((spy) => spy.end()))
  for (const spy of spies) {
    const { topics: watched, refused } = await spy.watch(...topics, `document/${none}`, 'groups')
    assert.deepEqual(watched, ['groups'])
    // A document that exists is refused like one that does not.
    assert.deepEqual(new Set(refused.map(({ code }) => code)), new Set(['not-found']))
    assert.equal(refused.length, 4)
    spy.told.length = 0
  }
  const remark = () => ana.expect(201, 'POST', `/documents/${secret}/threads`, { body: 'Hush' })
  await pages.hear(`threads/${secret}`, remark)
  await pages.hear(`revisions/${secret}`, () => ana.expect(201, 'POST', `/documents/${secret}/revisions`, { name: 'First' }))
  await pages.hear(`document/${secret}`, () => rename(ana, secret, 'More secret'))
  // A later change that they receive shows that they did not receive the earlier ones.
  const fence = async (name) => {
    await ana.expect(201, 'POST', '/groups', { name })
    for (const spy of spies) await until(() => spy.heard('groups'), 'the later change is reported', PATIENCE)
  }
  await fence('Fence 1')
  for (const spy of spies) assert.deepEqual(spy.told.filter(({ topic }) => topic !== 'groups'), [])

  await ana.expect(204, 'PUT', `/documents/${secret}/shares/${ben.id}`, { level: 'view' })
  for (const spy of spies) await until(() => spy.heard(`document/${secret}`) && spy.told.some(({ t, topics }) => t === 'watching' && topics.length === 4), () => `the document can be watched: ${JSON.stringify(spy.told)}`, PATIENCE)
  for (const spy of spies) await spy.hears(`threads/${secret}`, remark)

  await ana.expect(204, 'DELETE', `/documents/${secret}/shares/${ben.id}`)
  for (const spy of spies) await until(() => spy.told.at(-1).t === 'watching' && spy.told.at(-1).topics.length === 1, () => `the document can no longer be watched: ${JSON.stringify(spy.told)}`, PATIENCE)
  spies.forEach((spy) => (spy.told.length = 0))
  await remark()
  await rename(ana, secret, 'Most secret')
  await fence('Fence 2')
  for (const spy of spies) assert.deepEqual(spy.told.filter(({ topic }) => topic !== 'groups'), [])
})

test('[LIVE-2] nothing is reported to members of another workspace, guests, headless tokens or anonymous clients', async (t) => {
  const other = at(ana, one)
  other.cookies = new Map(ana.cookies)
  await other.expect(200, 'POST', '/auth/sign-in', { email: 'ana@example.org', password: 'correct horse' })
  const { body: elsewhereIs } = await other.expect(201, 'POST', '/workspaces', { name: 'Elsewhere' })
  await other.expect(204, 'PUT', '/me/workspace', elsewhereIs)
  const elsewhere = new Watcher(other)
  t.after(() => elsewhere.end())
  const plan = await make(ben, { title: 'Here' })
  assert.deepEqual((await elsewhere.watch('documents', 'groups', `document/${plan}`)).topics, ['documents', 'groups'])
  const { body: link } = await ana.expect(201, 'POST', `/documents/${await make(ana, { title: 'Linked' })}/links`, { level: 'view' })
  const guest = new Person(one)
  await guest.expect(200, 'POST', '/links/enter', { token: link.url.split('#')[1], name: 'Mia' })
  for (const [person, reason] of [[guest, 'forbidden'], [new Person(one), 'unauthorized']]) {
    const watcher = new Watcher(person)
    await until(() => watcher.denied.length > 0, 'it is refused', PATIENCE)
    watcher.provider.sendStateless(JSON.stringify({ t: 'watch', topics: ['documents'] }))
    assert.deepEqual([watcher.denied[0], watcher.told], [reason, []])
    watcher.end()
  }
  elsewhere.told.length = 0
  await ana.expect(201, 'POST', '/groups', { name: 'Not theirs' })
  await make(ana, { title: 'Not theirs' })
  await elsewhere.hears('documents', () => make(other, { title: 'Theirs' }))
  assert.ok(!elsewhere.heard('groups'))

  const headless = await Server.start({ args: [], env: { CONSILIUM_HEADLESS_SECRET: SECRET } })
  const open = await Server.start()
  for (const [server, credential] of [[headless, token({ sub: 'app', documents: { '*': 'edit' } })], [open, 'anything'], [open, '']]) {
    const watcher = new Watcher(new Person(server), {}, credential)
    await until(() => watcher.denied.length > 0, 'it is refused', PATIENCE)
    assert.deepEqual(watcher.denied, ['forbidden'])
    watcher.end()
  }
  await Promise.all([headless.stop(), open.stop()])
})

test('[LIVE-2] a key watches what its scopes may read', async (t) => {
  const { key } = (await ben.expect(201, 'POST', '/keys', { name: 'script', scopes: ['documents:read'] })).body
  const watcher = new Watcher(new Person(one), {}, key)
  t.after(() => watcher.end())
  const { topics, refused } = await watcher.watch('documents', 'inbox', 'members')
  assert.deepEqual([topics, refused.map(({ topic, code }) => `${topic} ${code}`)], [['documents'], ['inbox forbidden', 'members forbidden']])
  await watcher.hears('documents', () => make(ben, { title: 'For a script' }))
})

test('[LIVE-3] a member who is removed, disabled or signed out receives nothing more, at either node', async (t) => {
  const carl = await join(ana, 'analyst', 'Carl')
  const device = new Person(one)
  await device.expect(200, 'POST', '/auth/sign-in', { email: 'Carl@example.org', password: 'long enough to guess' })
  const [gone, stays] = [await both(device, 'documents'), await both(carl, 'documents')]
  t.after(() => (gone.end(), stays.end()))
  await device.expect(204, 'POST', '/auth/sign-out')
  for (const watcher of gone.watchers) await until(() => watcher.denied.length > 0, 'the device is signed out', PATIENCE)
  await stays.hear('documents', () => make(ana, { title: 'After the sign-out' }))
  await ana.expect(204, 'DELETE', `/members/${carl.id}`)
  for (const watcher of stays.watchers) await until(() => watcher.denied.length > 0, 'Carl is removed', PATIENCE)
  const told = [...gone.watchers, ...stays.watchers].map((watcher) => watcher.told.length)
  const page = await both(ana, 'documents')
  await page.hear('documents', () => make(ana, { title: 'After the removal' }))
  page.end()
  assert.deepEqual([...gone.watchers, ...stays.watchers].map((watcher) => watcher.told.length), told)
  assert.deepEqual(gone.watchers.concat(stays.watchers).map(({ denied }) => denied[0]), Array(4).fill('unauthorized'))
})

test('[LIVE-4] a refused topic is named, and affects neither watched topics nor a document on the same socket', async (t) => {
  const watcher = new Watcher(ben)
  t.after(() => watcher.end())
  const id = await make(ben, { title: 'Beside' })
  const document = watcher.attach(id)
  await until(() => document.isSynced, 'the one document that a socket may have is open beside topics', PATIENCE)
  assert.deepEqual(await watcher.watch('documents', 'gossip', 'document/1'), {
    t: 'watching', topics: ['documents'], refused: [{ topic: 'document/1', code: 'unknown-topic' }, { topic: 'gossip', code: 'unknown-topic' }],
  })
  const many = Array.from({ length: 65 }, (_, index) => `document/${index}`)
  assert.deepEqual(await watcher.watch(...many), { t: 'refused', code: 'too-many-topics' })
  assert.deepEqual(await watcher.watch('x'.repeat(9_000)), { t: 'refused', code: 'malformed' })
  for (const topics of ['documents', [1], { a: 1 }, undefined]) {
    watcher.told.length = 0
    watcher.provider.sendStateless(JSON.stringify({ t: 'watch', topics }))
    await until(() => watcher.told.length > 0, 'an answer', PATIENCE)
    assert.deepEqual(watcher.told[0], { t: 'refused', code: 'malformed' })
  }
  watcher.provider.sendStateless('an application may say what it likes')
  await watcher.hears('documents', () => make(ana, { title: 'Still watched', open_level: 'view' }))
  document.document.getText('text').insert(0, 'and still edited')
  await until(() => document.unsyncedChanges === 0, 'it is saved', PATIENCE)
  assert.deepEqual([watcher.closed, watcher.denied, await watcher.watch()], [0, [], { t: 'watching', topics: [], refused: [] }])
  // A second document is one too many, topics or not.
  const refused = []
  watcher.attach(await make(ben, { title: 'Too many' }), { onAuthenticationFailed: ({ reason }) => refused.push(reason) })
  await until(() => refused.length > 0, 'it is refused', PATIENCE)
  assert.equal(refused[0], 'too-many-documents')
})

test('[LIVE-4] a topic that changes constantly is reported a few times a second, and its last change always', async (t) => {
  const watcher = new Watcher(ana)
  t.after(() => watcher.end())
  await watcher.watch('groups')
  const { group_id } = (await ana.expect(201, 'POST', '/groups', { name: 'Busy' })).body
  await until(() => watcher.heard('groups'), 'it is told', PATIENCE)
  const told = []
  watcher.provider.on('stateless', () => told.push(performance.now()))
  const since = performance.now()
  let last
  for (let index = 0; index < 40; index++) {
    last = performance.now()
    await ana.expect(204, 'PATCH', `/groups/${group_id}`, { name: `Busy ${index}` })
  }
  await until(() => told.some((time) => time > last), 'the last change is reported too', PATIENCE)
  const most = Math.ceil((performance.now() - since) / 400) + 1
  assert.ok(told.length <= most, `${told.length} times, ${most} at most`)
})

test('[LIVE-1] [LIVE-5] a change just before a topic is watched is reported; no document has the address of topics', async () => {
  await make(ben, { title: 'A moment ago' })
  const watcher = new Watcher(ben)
  await watcher.watch('documents')
  await until(() => watcher.heard('documents'), 'it is told', PATIENCE)
  watcher.end()
  const open = await Server.start()
  const socket = new WebSocket(`${open.sync}/%01topics`)
  const status = await new Promise((resolve) => socket.on('unexpected-response', (_, { statusCode }) => resolve(statusCode)).on('error', () => {}).on('open', () => resolve('open')))
  assert.equal(status, 422)
  const named = await fetch(`${open.url}/api/v1/documents/%01topics/state`)
  assert.equal(named.ok, false)
  await open.stop()
})

test('[LIVE-5] while the database is unavailable documents stay open, and changes are reported afterwards', async (t) => {
  const line = await Line.to(database())
  const server = await Server.start({ args: [], env: nodeEnv({ database: line.url, journal: journal(), bus: redis() }) })
  t.after(async () => (await server.stop(), line.end()))
  const eve = await owner(server, 'Eve')
  const id = await make(eve, { title: 'Goes on' })
  const watcher = new Watcher(eve)
  t.after(() => watcher.end())
  await watcher.watch('groups')
  const document = watcher.attach(id)
  await until(() => document.isSynced, 'the document is open', PATIENCE)
  const ready = async () => (await (await fetch(`${server.url}/readyz`)).json()).database
  line.cut()
  await until(async () => (await ready()) === 'down', 'the database is unavailable', PATIENCE)
  const late = new Watcher(eve)
  t.after(() => late.end())
  await until(() => late.denied.length > 0, 'a new client is refused for now', PATIENCE)
  assert.deepEqual([late.denied[0], late.closed], ['unavailable', 0])
  document.document.getText('text').insert(0, 'meanwhile')
  await until(() => document.unsyncedChanges === 0, 'edits made meanwhile are saved', PATIENCE)
  watcher.told.length = 0
  watcher.provider.sendStateless(JSON.stringify({ t: 'watch', topics: ['documents', 'groups'] }))
  line.heal()
  await until(async () => (await ready()) === 'up', 'the database is back', PATIENCE)
  await until(() => watcher.told.some(({ t }) => t === 'watching'), 'it is answered', PATIENCE)
  await watcher.hears('groups', () => eve.expect(201, 'POST', '/groups', { name: 'Afterwards' }))
  assert.deepEqual([watcher.closed, watcher.denied], [0, []])
})
