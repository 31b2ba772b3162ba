// Two nodes act as one server: people, rights and sessions are the same at either node.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, rmSync } from 'node:fs'
import { join as path } from 'node:path'
import { after, before, test } from 'node:test'
import { FAMILIES } from './families.mjs'
import * as Y from 'yjs'
import { Person, join, owner, release, write } from './people.mjs'
import { Receiver } from './receiver.mjs'
import { Server, program, temporary, until } from './server.mjs'
import { Line, database, journal, nodeEnv, redis } from './stores.mjs'

const PATIENCE = 30_000
/** A deadline: ten times the figure of the full run, or the figure itself with CHAOS_FULL. */
const figure = (ms) => (process.env.CHAOS_FULL ? ms : 10 * ms)
const ROUNDS = Number(process.env.CHAOS_REVOCATIONS ?? 6)

let bus, postgres, env, one, two, ana, ben
const files = temporary('consilium-files-')

before(async () => {
  bus = await Line.to(redis())
  postgres = await Line.to(database())
  env = { ...nodeEnv({ database: postgres.url, journal: journal(), bus: bus.url }), CONSILIUM_WEBHOOK_NETWORKS: '["127.0.0.0/8"]', CONSILIUM_FILES_URL: `file:${files}` }
  one = await Server.start({ args: [], env })
  two = await Server.start({ args: [], env })
  ana = await owner(one)
  ben = await join(ana, 'analyst', 'Ben')
  await until(async () => (await ready(one)).bus === 'up' && (await ready(two)).bus === 'up', 'both nodes are on the bus')
})
after(async () => {
  await Promise.all([one.stop(), two.stop()])
  bus.end()
  postgres.end()
  rmSync(files, { recursive: true })
})

const ready = async (server) => (await fetch(`${server.url}/readyz`)).json()
const at = (person, server) => Object.assign(new Person(server), { cookies: person.cookies, id: person.id })
const make = async (title) => (await ana.expect(201, 'POST', '/documents', { title })).body.id
const share = (id, level, server = one) => at(ana, server).expect(204, 'PUT', `/documents/${id}/shares/${ben.id}`, { level })
/** Runs the program to its end, asynchronously, because this process must keep its proxies running. */
const run = (args, more) =>
  new Promise((resolve) => {
    const options = { env: { ...process.env, RUST_BACKTRACE: '0', ...more }, timeout: 300_000 }
    execFile(program, args, options, (error, stdout, stderr) => resolve({ status: error ? error.code : 0, stdout, stderr }))
  })
/** Runs a statement on the database of the nodes. */
const sql = (statement) =>
  new Promise((resolve, reject) => execFile('psql', [postgres.url.href, '-Atqc', statement], (error, stdout) => (error ? reject(error) : resolve(stdout.trim()))))
const percentile = (times, p) => times.toSorted((a, b) => a - b)[Math.ceil((times.length * p) / 100) - 1]

test('(A9) [REST-10] the date and order of documents follow edits of every kind, at either node', async (t) => {
  const ids = await Promise.all(['Typed', 'Written', 'Restored', 'Untouched'].map(make))
  const [typed, written, restored, untouched] = ids
  await write(ana, restored, '# As it was')
  const revision = (await ana.expect(201, 'POST', `/documents/${restored}/revisions`, { name: 'As it was' })).body.revision_id
  await write(ana, restored, '# Changed')
  const seq = Number(JSON.parse((await ana.expect(200, 'GET', `/documents/${restored}/content`)).etag))
  const dated = async (node, id) => Date.now() - Date.parse((await at(ana, node).expect(200, 'GET', `/documents/${id}`)).body.updated_at) < 120_000
  // The edits so far must be noted before all of them are made a day old.
  await until(async () => Number(await sql(`select seq from document_edit where document_id = '${restored}'`)) === seq, 'they are noted', PATIENCE)
  await sql("update document set updated_at = updated_at - interval '1 day'")
  for (const id of ids) assert.equal(await dated(one, id), false)

  const client = at(ana, two).open(typed)
  t.after(() => client.end())
  await until(() => client.provider.isSynced, 'synced', PATIENCE)
  client.text.insert(0, 'words')
  await until(() => dated(one, typed), 'typing at the other node', PATIENCE)
  await write(ana, written, '# Written')
  await until(() => dated(two, written), 'a write over REST', PATIENCE)
  await ana.expect(201, 'POST', `/documents/${restored}/revisions/${revision}/restore`)
  await until(() => dated(two, restored), 'a restore', PATIENCE)
  assert.equal(await dated(two, untouched), false)
  for (const node of [one, two]) {
    const { items } = (await at(ana, node).expect(200, 'GET', '/documents')).body
    assert.deepEqual(new Set(items.slice(0, 3).map(({ id }) => id)), new Set([typed, written, restored]))
    const oldest = (await at(ana, node).expect(200, 'GET', '/documents?sort=updated_at')).body.items
    assert.equal(oldest.findIndex(({ id }) => id === untouched) < oldest.findIndex(({ id }) => id === written), true)
  }
})

test('[EVENT-1] [EVENT-4] events of both nodes are delivered once and in order, and an edit is announced by one of them', async (t) => {
  const receiver = await new Receiver().open()
  t.after(() => receiver.close())
  const events = ['document', 'thread', 'document.edit']
  receiver.secret = (await ana.expect(201, 'POST', '/webhooks', { url: receiver.url, events })).body.secret
  const id = await make('Told')
  await share(id, 'edit')
  const [here, there] = [ana.open(id), at(ben, two).open(id)]
  t.after(() => [here, there].forEach(({ end }) => end()))
  await until(() => here.provider.isSynced && there.provider.isSynced, 'both are synced')
  const heard = (type) => receiver.of(type).filter(({ body }) => body.document === id).map(({ body }) => body)
  for (let round = 1; round <= 3; round += 1) {
    here.text.insert(0, 'from one; ')
    there.text.insert(0, 'from two; ')
    await Promise.all([one, two].map((node) => at(ben, node).expect(201, 'POST', `/documents/${id}/threads`, { body: 'a remark' })))
    await until(() => heard('document.edit').length >= round, `edit ${round} is told`)
  }
  const last = Number(JSON.parse((await ana.expect(200, 'GET', `/documents/${id}/content`)).etag))
  await until(() => heard('document.edit').at(-1).data.seq === last, 'the last row is told')
  await until(() => heard('thread.create').length === 6, 'every remark is told')
  const seqs = heard('document.edit').map(({ data }) => data.seq)
  assert.deepEqual(seqs, [...new Set(seqs)].toSorted((a, b) => a - b), 'each row by one node')
  assert.deepEqual(new Set(heard('document.edit').flatMap(({ data }) => data.authors)), new Set([ana.id, ben.id]))
  const numbers = heard('thread.create').map(({ sequence }) => sequence)
  assert.deepEqual(numbers, numbers.toSorted((a, b) => a - b))
})

test('[NODE-11] people at two nodes write together, see each other, and are listed', async () => {
  const id = await make('Across')
  await share(id, 'edit')
  const [here, there] = [ana.open(id), at(ben, two).open(id)]
  await until(() => here.provider.isSynced && there.provider.isSynced, 'both are synced')
  here.text.insert(0, 'from one; ')
  there.text.insert(0, 'from two; ')
  await until(() => here.text.length === 20 && here.text.toString() === there.text.toString(), () => `${here.text} and ${there.text}`)
  await until(() => here.provider.unsyncedChanges + there.provider.unsyncedChanges === 0, 'everything is acknowledged')
  here.provider.awareness.setLocalStateField('cursor', 1)
  there.provider.awareness.setLocalStateField('cursor', 2)
  // A client sees its own state as it sent it; the name is set by the server for the others.
  const others = ({ provider: { awareness } }) => [...awareness.getStates()].filter(([id]) => id !== awareness.clientID).map(([, state]) => `${state.user?.name} ${state.cursor}`).join()
  await until(() => others(here) === 'Ben 2' && others(there) === 'Ana 1', () => `${others(here)} and ${others(there)}`)
  const listed = async (server) => (await at(ana, server).expect(200, 'GET', `/documents/${id}/presence`)).body.map(({ name }) => name).sort().join()
  for (const server of [one, two]) await until(async () => (await listed(server)) === 'Ana,Ben', () => 'both are listed at both nodes')
  there.end()
  await until(() => others(here) === '', () => `Ben has left: ${others(here)}`)
  await until(async () => (await listed(one)) === 'Ana', 'Ben is listed no more')
  here.end()
})

/** Moves, uploads and publishes at one node; returns after how many milliseconds each was there at the other. */
async function carried(word, title) {
  const there = at(ana, two)
  const search = async (words) => (await there.expect(200, 'GET', `/search?q=${words}`)).body.items
  const [parent, page] = [await make('Northern plans'), await make(title)]
  const within = async (what, condition) => {
    const since = Date.now()
    await until(condition, what, PATIENCE)
    return Date.now() - since
  }
  const took = {}
  await ana.expect(200, 'POST', `/documents/${page}/move`, { parent })
  const { space_id: space } = (await ana.expect(200, 'GET', `/documents/${parent}`)).body
  took.move = await within('the page is below the other', async () => JSON.stringify((await there.expect(200, 'GET', `/spaces/${space}/pages?parent=${parent}`)).body).includes(page))

  const { body: file } = await ana.expect(201, 'POST', `/documents/${page}/attachments?name=quay.txt`, Buffer.from(`The ${word} clause.`), { 'content-type': 'application/octet-stream' })
  took.upload = await within('it is listed', async () => (await there.expect(200, 'GET', `/documents/${page}/attachments`)).body.some(({ id }) => id === file.id))
  const answer = await fetch(`${two.url}/api/v1/documents/${page}/attachments/${file.id}/content`, { headers: { cookie: there.cookie } })
  assert.equal(await answer.text(), `The ${word} clause.`)
  took.text = await within('its text is found', async () => (await search(word)).some(({ id }) => id === page))

  await release(ana, page)
  const { body: publication } = await ana.expect(200, 'PUT', `/documents/${page}/publication`, {})
  const shown = async () => (await fetch(two.url + new URL(publication.url).pathname)).status
  took.publication = await within('it is on the web', async () => (await shown()) === 200)
  took.status = await within('it is found as published', async () => (await search(`${title}+status:published`)).some(({ id }) => id === page))
  await ana.expect(204, 'DELETE', `/documents/${page}/publication`)
  took.end = await within('it is gone', async () => (await shown()) === 404)
  return took
}

test('[NODE-18] a move, an upload and a publication at one node are there at the other, and found by search, with Redis and without', async () => {
  // The promise is one second with the bus, and five without. The deadline is longer, for busy machines.
  for (const [what, ms] of Object.entries(await carried('cormorant', 'Harbour'))) assert.ok(ms < figure(1_000), `${what} took ${ms} ms`)
  bus.cut()
  try {
    await until(async () => (await ready(one)).bus === 'down' && (await ready(two)).bus === 'down', 'the bus is down', PATIENCE)
    for (const [what, ms] of Object.entries(await carried('gannet', 'Lagoon'))) assert.ok(ms < figure(5_000), `${what} took ${ms} ms without Redis`)
  } finally {
    bus.heal()
    await until(async () => (await ready(one)).status === 'ready' && (await ready(two)).status === 'ready', 'the bus is back', PATIENCE)
  }
})

test('[NODE-12] stock clients of both families meet at different nodes', async () => {
  // The journal is in the same Postgres, and anybody may edit.
  const open = nodeEnv({ database: database(), bus: redis() })
  const nodes = await Promise.all([Server.start({ env: open }), Server.start({ env: open })])
  const clients = ['y-websocket 3.0', '@y/websocket 4 with Yjs 14', '@hocuspocus/provider 2.15', '@hocuspocus/provider 4.8']
    .map((name, index) => ({ name, ...FAMILIES[name](nodes[index % 2], 'meeting') }))
  await until(() => clients.every((client) => client.synced()), 'all synced', PATIENCE)
  const root = (client) => (client.doc.getText ? client.doc.getText('text') : client.doc.get('text'))
  for (const client of clients) root(client).insert(root(client).length, `${client.name};`)
  const whole = (client) => clients.every(({ name }) => root(client).toString().includes(`${name};`))
  await until(() => clients.every(whole), () => clients.map((client) => `${client.name}: ${root(client)}`).join('\n'), PATIENCE)
  await until(() => clients.every((client) => client.awareness.getStates().size === clients.length), 'everybody sees everybody', PATIENCE)
  clients.forEach((client) => client.destroy())
  await Promise.all(nodes.map((node) => node.stop()))
})

/** Measures how long each change of rights at one node takes to reach a socket at the other. */
async function revocations(rounds) {
  const took = []
  const id = await make('Rights')
  for (let round = 0; round < rounds; round++) {
    await share(id, 'edit')
    const guest = at(ben, two).open(id)
    await until(() => guest.heard.scopes.includes('read-write'), 'Ben may edit', PATIENCE)
    for (const [change, arrived] of [
      [() => share(id, 'view'), () => guest.heard.scopes.at(-1) === 'readonly'],
      [() => ana.expect(204, 'DELETE', `/documents/${id}/shares/${ben.id}`), () => guest.heard.denied.length > 0],
    ]) {
      await change()
      const changed = performance.now()
      await until(arrived, () => `the change reaches the other node: ${JSON.stringify(guest.heard)}`, PATIENCE)
      took.push(performance.now() - changed)
    }
    assert.deepEqual(guest.heard.denied, ['not-found'])
    guest.end()
  }
  return took
}

test('[PERM-7] a change of rights reaches sockets on every node, with Redis and without', { timeout: 3_600_000 }, async () => {
  const quick = await revocations(ROUNDS)
  bus.cut()
  await until(async () => (await ready(one)).bus === 'down' && (await ready(two)).bus === 'down', 'the bus is down')
  assert.equal((await ready(one)).status, 'degraded')
  const slow = await revocations(Math.ceil(ROUNDS / 3))
  bus.heal()
  await until(async () => (await ready(two)).status === 'ready', 'the bus is back')
  console.log(`rights: ${quick.length} changes, p99 ${percentile(quick, 99).toFixed(0)} ms with Redis; ${slow.length}, p99 ${percentile(slow, 99).toFixed(0)} ms without`)
  assert.ok(percentile(quick, 99) <= figure(1_000) && percentile(slow, 99) <= figure(5_000))
})

test('[PERM-7] leaving a group, removing a link and revoking a key at one node close sockets at the other', async () => {
  const id = await make('Given')
  const { group_id: group } = (await ana.expect(201, 'POST', '/groups', { name: 'Board' })).body
  await ana.expect(204, 'PUT', `/groups/${group}/members/${ben.id}`)
  await ana.expect(204, 'PUT', `/documents/${id}/group-shares/${group}`, { level: 'edit' })
  const { url, link_id: link } = (await ana.expect(201, 'POST', `/documents/${id}/links`, { level: 'edit' })).body
  const mia = new Person(two)
  await mia.expect(200, 'POST', '/links/enter', { token: url.split('#')[1], name: 'Mia' })
  const { key, key_id } = (await ana.expect(201, 'POST', '/keys', { name: 'app', scopes: ['documents:read', 'documents:write'] })).body
  const app = FAMILIES['@hocuspocus/provider 4.8'](two, id, { token: key })
  const [member, guest] = [at(ben, two).open(id), mia.open(id)]
  await until(() => member.heard.scopes.includes('read-write') && guest.heard.scopes.includes('read-write') && app.synced(), 'all are in')
  let ended = false
  app.provider.on('authenticationFailed', () => (ended = true))
  await ana.expect(204, 'DELETE', `/groups/${group}/members/${ben.id}`)
  await until(() => member.heard.denied.includes('not-found'), 'the member is out', PATIENCE)
  await ana.expect(204, 'DELETE', `/documents/${id}/links/${link}`)
  await until(() => guest.heard.denied.includes('not-found'), 'the guest is out', PATIENCE)
  await ana.expect(204, 'DELETE', `/keys/${key_id}`)
  await until(() => ended, 'the app is out', PATIENCE)
  app.destroy()
  member.end()
  guest.end()
})

test('[CMT-5] a comment at one node reaches the other, on text that was just typed there', async () => {
  const id = await make('Talked about')
  await ana.expect(204, 'PUT', `/documents/${id}/shares/${ben.id}`, { level: 'edit' })
  const [writer, reader] = [at(ben, two).open(id), ana.open(id)]
  await until(() => writer.provider.synced && reader.provider.synced, 'both are in')
  reader.provider.sendStateless(JSON.stringify({ t: 'hello', document: id }))
  const root = writer.provider.document.getXmlFragment('default')
  const rounds = 20
  for (let round = 0; round < rounds; round++) {
    const paragraph = new Y.XmlElement('paragraph')
    paragraph.insert(0, [new Y.XmlText(`Line ${round}`)])
    root.insert(0, [paragraph])
    const line = paragraph.get(0)
    const position = (index, assoc) => Y.relativePositionToJSON(Y.createRelativePositionFromTypeIndex(line, index, assoc))
    const passage = { start: position(0, 0), end: position(line.length, -1) }
    const told = () => reader.heard.told.filter(({ t }) => t === 'comments').length
    const before = told()
    // The request goes to the other node, which may not have this text yet.
    const node = round % 2 ? ana : at(ana, two)
    const made = (await node.expect(201, 'POST', `/documents/${id}/threads`, { body: 'Hm', passage })).body
    assert.equal(made.passage.text, `Line ${round}`)
    const since = Date.now()
    await until(() => told() > before, 'the reader hears of it', PATIENCE)
    assert.ok(Date.now() - since < 5_000, `after ${Date.now() - since} ms`)
  }
  assert.equal((await ana.expect(200, 'GET', `/documents/${id}/threads`)).body.items.length, rounds)
  writer.end()
  reader.end()
})

test('[AUDIT-3] actions at all nodes are in one chain, which matches the anchors of each node', async () => {
  for (const server of [one, two]) {
    for (let n = 0; n < 5; n++) await at(ana, server).expect(201, 'POST', '/documents', { title: `At ${server.address} ${n}` })
  }
  const rows = async () => (await ana.expect(200, 'GET', '/audit?action=document.create&limit=500')).body.items
  await until(async () => (await rows()).every((row) => row.position), 'all are chained', PATIENCE)
  assert.ok((await rows()).length >= 10)
  for (const server of [one, two]) {
    const { status, stdout } = await run(['audit', 'verify', '--data', server.data], env)
    assert.equal(status, 0, stdout)
    assert.match(stdout, /[1-9]\d* anchors/)
  }
})

test('[AUTH-18] a signing key that a node does not know yet signs nobody out', async () => {
  const { stdout } = await run(['keys', 'rotate'], env)
  assert.match(stdout, /Nobody is signed out/)
  for (const server of [one, two]) {
    await at(ana, server).expect(200, 'GET', '/me')
    await at(ben, server).expect(200, 'GET', '/me')
  }
})

test('[PERM-8] a sign-out at one node closes the sockets at the other', async () => {
  const id = await make('Signed out')
  await share(id, 'edit')
  const session = new Person(one)
  await session.expect(200, 'POST', '/auth/sign-in', { email: 'Ben@example.org', password: 'long enough to guess' })
  const guest = at(session, two).open(id)
  await until(() => guest.heard.scopes.length > 0, 'Ben is in')
  await session.expect(204, 'POST', '/auth/sign-out')
  await until(() => guest.heard.denied.length > 0, 'Ben is out', PATIENCE)
  assert.deepEqual(guest.heard.denied, ['unauthorized'])
  guest.end()
})

test('[NODE-13] without the database, admitted sockets continue, nobody new is admitted, and it recovers automatically', async () => {
  const id = await make('Away')
  await share(id, 'edit')
  const [editor, reader] = [at(ben, two).open(id), ana.open(id)]
  await until(() => editor.provider.isSynced && reader.provider.isSynced, 'both are in')
  postgres.cut()
  await until(async () => (await ready(two)).database === 'down' && (await ready(one)).database === 'down', 'the database is away', PATIENCE)
  assert.equal((await fetch(`${two.url}/readyz`)).status, 503)
  editor.text.insert(0, 'written without the database')
  await until(() => reader.text.toString() === 'written without the database', 'it arrives', PATIENCE)
  await until(() => editor.provider.unsyncedChanges === 0, 'and is acknowledged', PATIENCE)
  const refused = await at(ben, one).call('GET', '/documents')
  assert.deepEqual([refused.status, refused.body.code], [503, 'unavailable'])
  const stranger = ana.open(await Promise.resolve(ana.id))
  // A client that was admitted before can reconnect to the same node, which has cached the right.
  editor.provider.configuration.websocketProvider.disconnect()
  await until(() => !editor.provider.isSynced, 'disconnected', PATIENCE)
  editor.text.insert(0, 'back: ')
  editor.provider.configuration.websocketProvider.connect()
  await until(() => reader.text.toString().startsWith('back: '), 'it arrives', PATIENCE)
  assert.equal(stranger.provider.isSynced, false)
  stranger.end()
  postgres.heal()
  await until(async () => (await ready(two)).status === 'ready' && (await ready(one)).status === 'ready', 'it recovers', PATIENCE)
  await at(ben, two).expect(200, 'GET', '/documents')
  editor.end()
  reader.end()
})

test('[NODE-14] a switch is set for all nodes at once', async () => {
  const id = await make('Maintenance')
  await share(id, 'edit')
  const [here, there] = [ana.open(id), at(ben, two).open(id)]
  await until(() => here.heard.scopes.at(-1) === 'read-write' && there.heard.scopes.at(-1) === 'read-write', 'both may edit')
  const flag = (setting) => run(['flag', 'read-only', setting], env)
  assert.equal((await flag('on')).stdout, 'read-only is on\n')
  await until(() => here.heard.scopes.at(-1) === 'readonly' && there.heard.scopes.at(-1) === 'readonly', 'nobody may edit', PATIENCE)
  assert.match((await ready(two)).notes.join(), /read-only/)
  const refused = await ana.call('PUT', `/documents/${id}/content`, '# x', { 'content-type': 'text/markdown', 'if-match': '"0"' })
  assert.deepEqual([refused.status, refused.body.code], [503, 'unavailable'])
  await flag('off')
  await until(() => here.heard.scopes.at(-1) === 'read-write' && there.heard.scopes.at(-1) === 'read-write', 'both may edit again', PATIENCE)
  here.end()
  there.end()
})

test('[AUTH-8] the limit of sign-in attempts applies to all nodes together', async () => {
  const guess = (server) => new Person(server).call('POST', '/auth/sign-in', { email: 'carla@example.org', password: 'wrong wrong' })
  const statuses = []
  for (let n = 0; n < 7; n++) for (const server of [one, two]) statuses.push((await guess(server)).status)
  assert.equal(statuses.filter((status) => status === 401).length, 10, statuses.join())
  assert.ok(statuses.slice(10).every((status) => status === 429), statuses.join())
})

test('[NODE-15] a start that would split the cluster is refused, with the reason', async () => {
  const start = (more) => run(['serve', '--listen', '127.0.0.1:0', '--data', temporary('consilium-')], more)
  const alone = await start({ ...env, CONSILIUM_BUS_URL: 'local' })
  assert.equal(alone.status, 1)
  assert.match(alone.stderr, /used by another process .* set bus_url/)
  const file = await start({ CONSILIUM_BUS_URL: bus.url.href })
  assert.equal(file.status, 1)
  assert.match(file.stderr, /database_url is a file that only one of them has/)
  const strict = await start({ ...env, CONSILIUM_REQUIRE_REPLICA_SET: 'true' })
  // A MongoDB in TEST_MONGODB_URL may be a replica set, and then it starts; the substitute is not.
  if (strict.status === 1) assert.match(strict.stderr, /standalone/)
})

test('[SAVE-17] a backup of running nodes is restored into stores of other kinds', { timeout: 600_000 }, async () => {
  const id = await make('Backed up')
  const client = ana.open(id)
  await until(() => client.provider.isSynced, 'synced')
  let typed = 0
  const typing = setInterval(() => client.text.insert(client.text.length, `${typed++} `), 5)
  await until(() => typed > 50 && client.provider.unsyncedChanges < 3, 'there is load', PATIENCE)
  const acknowledged = typed - 10
  const revision = (await ana.expect(201, 'POST', `/documents/${id}/revisions`, { name: 'Then' })).body
  const folder = path(temporary('consilium-backup-'), 'copy')
  await until(() => existsSync(path(one.data, 'audit.anchors')), 'the audit is chained', PATIENCE)
  const made = await run(['backup', folder], env)
  clearInterval(typing)
  client.end()
  assert.equal(made.status, 0, made.stderr)
  assert.match(made.stdout, /documents, each rebuilt from its log/)
  assert.match((await run(['restore', folder], env)).stderr, /an instance already/)
  assert.match((await run(['restore', folder, '--data', temporary('consilium-')], {})).stderr, /chained with an audit_key that is not in the backup/)

  for (const kept of [database(), journal()]) {
    const target = { ...nodeEnv({ database: database(), journal: kept, bus: redis() }), CONSILIUM_FILES_URL: `file:${temporary('consilium-files-')}` }
    const restored = await run(['restore', folder, '--data', temporary('consilium-')], target)
    assert.equal(restored.status, 0, restored.stderr)
    const deep = await run(['doctor', '--deep', '--data', temporary('consilium-')], target)
    assert.equal(deep.status, 0, deep.stdout)
    assert.match(deep.stdout, /every document rebuilt/)
    assert.match(deep.stdout, /ok +bus: passes messages on/)
    const node = await Server.start({ args: [], env: target })
    const copy = at(ana, node).open(id) // the session of the first installation
    await until(() => copy.provider.isSynced, 'synced', PATIENCE)
    const words = copy.text.toString().trim().split(' ').map(Number)
    assert.ok(words.length >= acknowledged, `${words.length} of ${acknowledged} words`)
    assert.deepEqual(words, words.map((_, n) => n), 'in order, each once')
    copy.end()
    const state = await fetch(`${node.url}/api/v1/documents/${id}/revisions/${revision.revision_id}/content?format=state`, { headers: { cookie: ana.cookie } })
    assert.equal(createHash('sha256').update(Buffer.from(await state.arrayBuffer())).digest('hex'), revision.sha256, '[SAVE-20] its revisions too')
    await node.stop()
  }
})

test('[NODE-16] people of a dead node disappear from the others', async () => {
  const three = await Server.start({ args: [], env })
  const id = await make('Ghosts')
  await share(id, 'edit')
  const [here, there] = [ana.open(id), at(ben, three).open(id)]
  here.provider.awareness.setLocalStateField('cursor', 1)
  there.provider.awareness.setLocalStateField('cursor', 2)
  await until(() => here.provider.awareness.getStates().size === 2, 'they see each other', PATIENCE)
  await three.kill()
  there.end()
  await until(() => here.provider.awareness.getStates().size === 1, 'the ghost is gone', PATIENCE)
  here.end()
})
