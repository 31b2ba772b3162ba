// What is left of what people removed: nothing in the files of an embedded instance, after a checkpoint, and nothing in
// any live row of Postgres or document of MongoDB. The tables and collections are read from the stores' own catalogues.
import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { join as path } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Person, join, owner } from './people.mjs'
import { Server, until } from './server.mjs'
import { collectionsWith, database, journal, tablesWith } from './stores.mjs'

const WITHIN = 30_000
const AUDIT_KEY = { CONSILIUM_AUDIT_KEY: 'one key for all nodes of these tests' }
// Mails and webhooks go nowhere, so that they stay in the queue.
const SETTINGS = { CONSILIUM_SMTP_URL: 'smtp://127.0.0.1:9', CONSILIUM_MAIL_FROM: 'acme@example.org', CONSILIUM_MAIL_AFTER_SECONDS: '1', CONSILIUM_WEBHOOK_NETWORKS: '["127.0.0.0/8"]', CONSILIUM_REVISION_QUIET_SECONDS: '1' }

/** The result of `read`, or nothing if SQLite or the index has removed the file since it was listed. */
const ifStillThere = (read) => {
  try { return read() } catch (error) { if (error.code !== 'ENOENT') throw error }
}

/** The files of the instance that contain some words. */
const filesWith = (folder, words) => {
  const files = ifStillThere(() => readdirSync(folder, { withFileTypes: true })) ?? []
  return files.flatMap((file) => {
    if (file.isDirectory()) return filesWith(path(folder, file.name), words)
    const bytes = ifStillThere(() => readFileSync(path(folder, file.name))) ?? Buffer.alloc(0)
    return words.filter((text) => bytes.includes(text)).map((text) => `${file.name}: ${text}`)
  })
}

/** The places that contain some words, by layout of the stores. */
const LAYOUTS = {
  'in files': async () => {
    const server = await Server.start({ args: [], env: SETTINGS })
    return { server, placesOf: async (words) => filesWith(server.data, words) }
  },
  'in Postgres': async () => {
    const rows = database()
    const server = await Server.start({ args: [], env: { ...SETTINGS, ...AUDIT_KEY, CONSILIUM_DATABASE_URL: rows.href, CONSILIUM_JOURNAL_URL: rows.href } })
    return { server, placesOf: async (words) => tablesWith(rows, words) }
  },
  'in Postgres and MongoDB': async () => {
    const [rows, log] = [database(), journal()]
    const server = await Server.start({ args: [], env: { ...SETTINGS, ...AUDIT_KEY, CONSILIUM_DATABASE_URL: rows.href, CONSILIUM_JOURNAL_URL: log.href } })
    return { server, placesOf: async (words) => [...tablesWith(rows, words), ...(await collectionsWith(log, words))] }
  },
}

let server, ana, ben
after(() => server?.stop())

for (const [layout, start] of Object.entries(LAYOUTS)) {
  test(`[SAVE-25] [AUDIT-4] after a purge the words, and after an erasure the name and the address, are gone ${layout} (C3)`, async () => {
    await server?.stop()
    const { placesOf, ...started } = await start()
    server = started.server
    ana = await owner(server)
    ben = await join(ana, 'analyst', 'Ben')
    await ana.expect(201, 'POST', '/webhooks', { url: 'http://127.0.0.1:9/' })
    await purged(placesOf)
    await erased(placesOf)
  })
}

const everywhere = async (placesOf, words) => {
  let missing = words
  const all = async () => (missing = (await Promise.all(words.map(async (word) => ((await placesOf([word])).length > 0 ? [] : [word])))).flat()).length === 0
  await until(all, () => `the words are stored: ${missing}`, WITHIN)
}
const nowhere = async (placesOf, words) => {
  let left
  await until(async () => (left = await placesOf(words)).length === 0, () => `no word is left: ${left}`, WITHIN)
}

async function purged(placesOf) {
  const words = ['Quartzquote', 'Vowscomment', 'Jugglesuggestion', 'Blacktitle', 'Sphinxrevision', 'Dwarfnote', 'Waltzstate', 'Foxdescription', 'Nymphtag', 'Vexedtyping']
  const [text, remark, suggestion, title, revision, note, resolved, description, tag, typed] = words
  const once = { 'idempotency-key': 'purge-1' }
  const { id } = (await ana.expect(201, 'POST', '/documents', { title, description, tags: [tag], open_level: 'approve' }, once)).body
  const put = async (body) => ana.expect(204, 'PUT', `/documents/${id}/content`, body, { 'content-type': 'text/markdown', 'if-match': (await ana.expect(200, 'GET', `/documents/${id}/content`)).etag })
  await put(`${text} stands here\n`)
  const threads = []
  for (let n = 0; n < 20; n++) threads.push((await ben.expect(201, 'POST', `/documents/${id}/threads`, { body: `${remark} ${n}`, passage: { from: 0, to: text.length }, mentions: [{ kind: 'account', id: ana.id }] }, { 'idempotency-key': `t${n}` })).body.thread_id)
  await ben.expect(201, 'POST', `/documents/${id}/threads`, { body: 'Or', passage: { from: 0, to: text.length }, replacement: suggestion })
  await ana.expect(200, 'POST', `/documents/${id}/threads/${threads[0]}/resolve`, { outcome: 'done', note: resolved })
  const kept = (await ana.expect(201, 'POST', `/documents/${id}/revisions`, { name: revision })).body.revision_id
  const open = ana.open(id)
  await until(() => open.provider.isSynced, 'Ana is in', WITHIN)
  open.text.insert(0, typed)
  await until(() => !open.provider.hasUnsyncedChanges, 'her words are saved', WITHIN)
  await put(`${text} stood there\n`)
  await ana.expect(201, 'POST', `/documents/${id}/revisions/${kept}/restore`, undefined, { 'idempotency-key': 'restore-1' })
  await ana.expect(201, 'POST', `/documents/${id}/approvals`, { note, steps: [{ name: 'Lead', people: [{ kind: 'account', id: ana.id }] }] })
  await ben.expect(204, 'PUT', `/documents/${id}/reading`)
  await everywhere(placesOf, words)
  await ana.expect(200, 'DELETE', `/documents/${id}`)
  await ana.expect(204, 'POST', `/documents/${id}/purge`)
  open.end()
  await nowhere(placesOf, words)
  assert.deepEqual((await ana.expect(200, 'GET', '/inbox')).body.items, [])
}

async function imported(by, path, text) {
  const { id } = (await by.expect(201, 'POST', '/imports', {})).body
  await by.expect(204, 'POST', `/imports/${id}/files?path=${path}`, text, { 'content-type': 'application/octet-stream' })
  await by.expect(202, 'POST', `/imports/${id}/start`, {})
  await until(async () => (await by.expect(200, 'GET', `/imports/${id}`)).body.state === 'done', 'the import is done', WITHIN)
}

async function erased(placesOf) {
  const words = ['Zephyrname', 'zephyrmail', 'Zephyrteam', 'Zephyragent', 'Zephyrkey', 'Zephyrpath']
  const [name, address, department, agent, key] = words
  const email = `${address}@example.org`
  // The address is known before its account is: somebody tries it, and an invitation is mailed to it.
  await new Person(server).expect(401, 'POST', '/auth/sign-in', { email, password: 'a wild guess' })
  await ana.expect(200, 'POST', '/invites', { role: 'analyst', email })
  const { body } = await ana.expect(200, 'POST', '/invites', { role: 'analyst' })
  const person = new Person(server)
  await person.expect(200, 'POST', `/invites/${body.url.split('/').at(-1)}/accept`, { name, email, password: 'long enough to guess' }, { 'user-agent': agent })
  const { account_id } = (await person.expect(200, 'GET', '/me')).body
  await person.expect(204, 'PATCH', '/me', { department })
  await person.expect(201, 'POST', '/keys', { name: key, scopes: ['documents:read'] })
  await person.expect(202, 'POST', '/me/verification', undefined, { 'user-agent': agent })
  await new Person(server).expect(202, 'POST', '/auth/forgotten', { email })
  const { id } = (await person.expect(201, 'POST', '/documents', { title: 'Plan', open_level: 'edit' })).body
  const { thread_id } = (await person.expect(201, 'POST', `/documents/${id}/threads`, { body: 'Hm' })).body
  // An answer to somebody else, which names the person.
  await ben.expect(200, 'POST', `/documents/${id}/threads/${thread_id}/resolve`, { outcome: 'done' }, { 'idempotency-key': 'resolve-1' })
  // An import of the person, and one that names them as an author.
  await imported(person, 'Zephyrpath.md', '# Plan\n\n[x](Zephyrpath/gone.md)\n')
  await imported(ana, 'of.md', `---\nauthor: ${email}\n---\nText\n`)
  await everywhere(placesOf, words)
  await ana.expect(204, 'POST', `/members/${account_id}/erase`)
  await nowhere(placesOf, words)
}

test('[INBOX-1] the owner of a document is notified of comments and suggestions on it, once (C9)', async () => {
  const { id } = (await ana.expect(201, 'POST', '/documents', { title: 'Mine', open_level: 'comment' })).body
  await ana.expect(204, 'PUT', `/documents/${id}/content`, 'Growth\n', { 'content-type': 'text/markdown', 'if-match': (await ana.expect(200, 'GET', `/documents/${id}/content`)).etag })
  const kinds = async () => (await ana.expect(200, 'GET', '/inbox')).body.items.filter(({ document_id }) => document_id === id).map(({ kind }) => kind).sort()
  const { thread_id } = (await ben.expect(201, 'POST', `/documents/${id}/threads`, { body: 'Why?' })).body
  assert.deepEqual(await kinds(), ['comment'])
  await ben.expect(201, 'POST', `/documents/${id}/threads`, { body: '', passage: { from: 0, to: 6 }, replacement: 'Growth!' })
  assert.deepEqual(await kinds(), ['comment', 'suggestion'])
  await ana.expect(201, 'POST', `/documents/${id}/threads/${thread_id}/comments`, { body: 'Because' })
  assert.deepEqual(await kinds(), ['comment', 'suggestion'], 'not of her own')
  await ben.expect(201, 'POST', `/documents/${id}/threads/${thread_id}/comments`, { body: 'I see' })
  assert.deepEqual(await kinds(), ['comment', 'reply', 'suggestion'], 'once for each comment')
})

test('[LIMIT-19] an open server answers no other host, over REST as on sockets (B8)', async () => {
  const open = await Server.start({})
  const { request } = await import('node:http')
  const status = (host, method = 'GET') => new Promise((resolve, reject) => {
    const asked = request(`${open.url}/api/v1/documents/plan/content`, { method, headers: { host } }, (answer) => (answer.resume(), resolve(answer.statusCode)))
    asked.on('error', reject)
    asked.end()
  })
  assert.equal(await status('evil.example'), 403)
  assert.equal(await status('evil.example', 'PUT'), 403)
  assert.equal(await status('localhost.evil.example:80'), 403)
  assert.equal(await status(open.address), 200)
  assert.equal(await status('localhost'), 200)
  await open.stop()
})

test('the documentation says of every table what removes its rows (C4)', () => {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const sql = ['', 'sqlite', 'postgres'].flatMap((folder) => {
    const migrations = path(root, 'migrations', folder)
    return readdirSync(migrations).filter((name) => name.endsWith('.sql')).map((name) => readFileSync(path(migrations, name), 'utf8'))
  }).join('\n')
  const tables = new Set([...sql.matchAll(/create table (?:if not exists )?([a-z_]+)/g)].map(([, name]) => name))
  for (const [, name] of sql.matchAll(/drop table (?:if exists )?([a-z_]+)/g)) tables.delete(name)
  const rows = readFileSync(path(root, 'docs/production/growth.md'), 'utf8').split('\n').filter((line) => line.startsWith('| `'))
  const documented = rows.flatMap((line) => [...line.split('|')[1].matchAll(/`([a-z_]+)`/g)].map(([, name]) => name))
  assert.deepEqual(documented.toSorted(), [...tables].sort())
})
