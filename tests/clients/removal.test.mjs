// What is left of what people removed: nothing in the files of an embedded instance, after a checkpoint.
import assert from 'node:assert/strict'
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { join as path } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Person, join, owner } from './people.mjs'
import { Server, until } from './server.mjs'

const WITHIN = 30_000
let server, ana, ben

before(async () => {
  server = await Server.start({ args: [] })
  ana = await owner(server)
  ben = await join(ana, 'analyst', 'Ben')
})
after(() => server.stop())

/** The files of the instance in which words stand, as UTF-8 or as UTF-16. */
const filesWith = (words) => {
  const found = []
  const walk = (folder) => {
    for (const name of readdirSync(folder)) {
      const file = path(folder, name)
      if (statSync(file).isDirectory()) walk(file)
      else for (const text of words) if (readFileSync(file).includes(text)) found.push(`${name}: ${text}`)
    }
  }
  walk(server.data)
  return found
}

test('[SAVE-25] after a purge the words are gone from every file (C3)', async () => {
  const words = ['Quartzquote', 'Vowscomment', 'Jugglesuggestion', 'Blacktitle', 'Sphinxrevision', 'Dwarfnote', 'Waltzstate']
  const [text, remark, suggestion, title, revision, note, resolved] = words
  const once = { 'idempotency-key': 'purge-1' }
  const { id } = (await ana.expect(201, 'POST', '/documents', { title, open_level: 'approve' }, once)).body
  const put = async (body) => ana.expect(204, 'PUT', `/documents/${id}/content`, body, { 'content-type': 'text/markdown', 'if-match': (await ana.expect(200, 'GET', `/documents/${id}/content`)).etag })
  await put(`${text} stands here\n`)
  const threads = []
  for (let n = 0; n < 20; n++) threads.push((await ben.expect(201, 'POST', `/documents/${id}/threads`, { body: `${remark} ${n}`, passage: { from: 0, to: text.length }, mentions: [{ kind: 'account', id: ana.id }] }, { 'idempotency-key': `t${n}` })).body.thread_id)
  await ben.expect(201, 'POST', `/documents/${id}/threads`, { body: 'Or', passage: { from: 0, to: text.length }, replacement: suggestion })
  await ana.expect(200, 'POST', `/documents/${id}/threads/${threads[0]}/resolve`, { outcome: 'done', note: resolved })
  await ana.expect(201, 'POST', `/documents/${id}/revisions`, { name: revision })
  await ana.expect(201, 'POST', `/documents/${id}/approvals`, { note, steps: [{ name: 'Lead', people: [{ kind: 'account', id: ana.id }] }] })
  await ben.expect(204, 'PUT', `/documents/${id}/reading`)
  await until(() => words.every((word) => filesWith([word]).length > 0 || word === text), 'they are on the disk', WITHIN)
  await ana.expect(200, 'DELETE', `/documents/${id}`)
  await ana.expect(204, 'POST', `/documents/${id}/purge`)
  await until(() => filesWith(words).length === 0, () => `no word is left: ${filesWith(words)}`, WITHIN)
  assert.deepEqual((await ana.expect(200, 'GET', '/inbox')).body.items ?? (await ana.expect(200, 'GET', '/inbox')).body, [])
})

test('[AUDIT-4] after an erasure the name and the address are gone from every file (C3)', async () => {
  const words = ['Zephyrname', 'zephyrmail']
  const { body } = await ana.expect(200, 'POST', '/invites', { role: 'analyst' })
  const person = new Person(server)
  await person.expect(200, 'POST', `/invites/${body.url.split('/').at(-1)}/accept`, { name: words[0], email: `${words[1]}@example.org`, password: 'long enough to guess' })
  const { account_id } = (await person.expect(200, 'GET', '/me')).body
  await person.expect(201, 'POST', '/documents', { title: 'Plan' })
  await until(() => words.every((word) => filesWith([word]).length > 0), 'they are on the disk', WITHIN)
  await ana.expect(204, 'POST', `/members/${account_id}/erase`)
  await until(() => filesWith(words).length === 0, () => `no word is left: ${filesWith(words)}`, WITHIN)
})

test('[INBOX-1] the owner of a document is notified of comments and suggestions on it, once (C9)', async () => {
  const { id } = (await ana.expect(201, 'POST', '/documents', { title: 'Mine', open_level: 'comment' })).body
  await ana.expect(204, 'PUT', `/documents/${id}/content`, 'Growth\n', { 'content-type': 'text/markdown', 'if-match': (await ana.expect(200, 'GET', `/documents/${id}/content`)).etag })
  const kinds = async () => (await ana.expect(200, 'GET', '/inbox')).body.items.filter(({ document_id }) => document_id === id).map(({ kind }) => kind).sort()
  const { thread_id } = (await ben.expect(201, 'POST', `/documents/${id}/threads`, { body: 'Why?' })).body
  assert.deepEqual(await kinds(), ['comment'])
  await ben.expect(201, 'POST', `/documents/${id}/threads`, { body: '', passage: { from: 0, to: 6 }, replacement: 'Growth!' })
  assert.deepEqual(await kinds(), ['comment', 'comment'])
  await ana.expect(201, 'POST', `/documents/${id}/threads/${thread_id}/comments`, { body: 'Because' })
  assert.deepEqual(await kinds(), ['comment', 'comment'], 'not of her own')
  await ben.expect(201, 'POST', `/documents/${id}/threads/${thread_id}/comments`, { body: 'I see' })
  assert.deepEqual(await kinds(), ['comment', 'comment', 'reply'], 'once for each comment')
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
