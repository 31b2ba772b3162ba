// [SAVE-24] G1: every layout of stores that the docs name is backed up under load, and restored into another one.
import assert from 'node:assert/strict'
import { execFile, execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join as path } from 'node:path'
import { after, before, test } from 'node:test'
import { Person, join, owner } from './people.mjs'
import { Receiver } from './receiver.mjs'
import { Server, program, temporary, until } from './server.mjs'
import { Line, database, journal, redis } from './stores.mjs'

const PATIENCE = 30_000
/** The settings of new, empty stores in each layout. */
const LAYOUTS = {
  files: () => ({}),
  'rows in Postgres': () => ({ CONSILIUM_DATABASE_URL: database().href }),
  'one Postgres': () => {
    const { href } = database()
    return { CONSILIUM_DATABASE_URL: href, CONSILIUM_JOURNAL_URL: href }
  },
  'two databases': () => ({ CONSILIUM_DATABASE_URL: database().href, CONSILIUM_JOURNAL_URL: database().href }),
  'Postgres and MongoDB': () => ({ CONSILIUM_DATABASE_URL: database().href, CONSILIUM_JOURNAL_URL: journal().href }),
}
/** From each layout, into another one of the same list. */
const INTO = { files: 'Postgres and MongoDB', 'rows in Postgres': 'one Postgres', 'one Postgres': 'two databases', 'two databases': 'files', 'Postgres and MongoDB': 'rows in Postgres' }

let folder, receiver
const run = (args, env = {}) => spawnSync(program, args, { encoding: 'utf8', env: { ...process.env, CONSILIUM_BIN: undefined, ...env } })
const started = (args, env) =>
  new Promise((resolve) => execFile(program, args, { env: { ...process.env, CONSILIUM_BIN: undefined, ...env } }, (error, stdout, stderr) => resolve({ status: error?.code ?? 0, stdout, stderr })))

before(async () => {
  folder = temporary('consilium-layouts-')
  receiver = await new Receiver().open()
})
after(() => {
  receiver.close()
  rmSync(folder, { recursive: true, force: true })
})

/** An instance with a bit of everything, and people who type. */
async function fill(server) {
  const ana = await owner(server)
  const kim = await join(ana, 'analyst', 'Kim')
  const plan = (await ana.expect(201, 'POST', '/documents', { title: 'Plan “Ü”', tags: ['süd', 'b'], open_level: 'edit' })).body
  const notes = (await ana.expect(201, 'POST', '/documents', { title: 'Notes' })).body
  const { etag } = await ana.expect(200, 'GET', `/documents/${notes.id}/content`)
  await ana.expect(204, 'PUT', `/documents/${notes.id}/content`, '# Notes\n\nkept words\n', { 'content-type': 'text/markdown', 'if-match': etag })
  const revision = (await ana.expect(201, 'POST', `/documents/${notes.id}/revisions`, { name: 'First' })).body
  await ana.expect(201, 'POST', '/webhooks', { url: receiver.url, events: ['thread.create'] })
  const before = receiver.asked
  await kim.expect(201, 'POST', `/documents/${plan.id}/threads`, { body: 'a remark' })
  await until(() => receiver.asked > before, 'a webhook is called', PATIENCE)
  const picture = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')
  await kim.expect(204, 'PUT', '/me/avatar', picture, { 'content-type': 'image/png' })
  return { ana, kim, plan, notes, revision, picture }
}

/** Reads everything back, and continues to work with the instance. */
async function check(server, { ana, kim, plan, notes, revision, picture }, acknowledged) {
  Object.assign(ana, { server })
  Object.assign(kim, { server })
  // The sessions of the first instance.
  const me = (await kim.expect(200, 'GET', '/me')).body
  assert.equal(me.name, 'Kim')
  await ana.expect(200, 'POST', '/auth/sign-in', { email: 'ana@example.org', password: 'correct horse' })
  const listed = (await ana.expect(200, 'GET', '/documents')).body.items
  assert.deepEqual(listed.map(({ title }) => title).sort(), ['Notes', 'Plan “Ü”'])
  const again = (await ana.expect(200, 'GET', `/documents/${plan.id}`)).body
  for (const field of ['tags', 'open_level', 'created_by', 'status', 'sensitivity']) assert.deepEqual(again[field], plan[field], field)
  assert.equal(Date.parse(again.created_at), Date.parse(plan.created_at))
  assert.match((await ana.expect(200, 'GET', `/documents/${notes.id}/content`, undefined, { accept: 'text/markdown' })).body, /kept words/)
  assert.match((await ana.expect(200, 'GET', `/documents/${notes.id}/revisions/${revision.revision_id}/content`, undefined, { accept: 'text/markdown' })).body, /kept words/)
  assert.match(JSON.stringify((await ana.expect(200, 'GET', `/documents/${plan.id}/threads`)).body), /a remark/)
  const response = await fetch(`${server.url}/api/v1/members/${me.account_id}/avatar`, { headers: { cookie: ana.cookie } })
  assert.deepEqual(Buffer.from(await response.arrayBuffer()), picture)

  const client = ana.open(plan.id)
  await until(() => client.provider.synced, 'synced', PATIENCE)
  const words = client.text.toString()
  for (const word of acknowledged) assert.ok(words.includes(`${word};`), `${word} was acknowledged before the backup began`)
  client.text.insert(0, 'goes on; ')
  await until(() => client.provider.unsyncedChanges === 0, 'saved', PATIENCE)
  client.end()
  // New events get larger numbers than those that consumers have seen: the webhook is called.
  const before = receiver.asked
  await kim.expect(201, 'POST', `/documents/${plan.id}/threads`, { body: 'another remark' })
  await until(() => receiver.asked > before, 'a webhook is called', PATIENCE)
}

for (const [from, into] of Object.entries(INTO)) {
  test(`G1: from ${from} into ${into}`, { timeout: 120_000 }, async () => {
    const hooks = { CONSILIUM_WEBHOOK_NETWORKS: '["127.0.0.1/32"]' }
    const env = { ...hooks, ...LAYOUTS[from]() }
    const server = await Server.start({ args: [], env })
    const made = await fill(server)
    const clients = [made.ana, made.kim, made.kim].map((person) => person.open(made.plan.id))
    await until(() => clients.every(({ provider }) => provider.synced), 'synced', PATIENCE)
    let typed = 0
    const typing = setInterval(() => {
      for (const [n, { text }] of clients.entries()) text.insert(0, `${n}.${typed};`)
      typed++
    }, 5)
    await until(() => typed > 30, 'there is load', PATIENCE)
    // What was typed so far is acknowledged while typing goes on.
    const sent = typed
    await until(() => clients.every(({ provider }) => typed - provider.unsyncedChanges > sent), 'it is acknowledged', PATIENCE)
    const acknowledged = Array.from({ length: sent }, (_, word) => clients.map((_, n) => `${n}.${word}`)).flat()
    await until(() => existsSync(path(server.data, 'audit.anchors')), 'the audit is chained', PATIENCE)
    const target = path(folder, from)
    const backup = await started(['backup', target, '--data', server.data], env)
    clearInterval(typing)
    assert.equal(backup.status, 0, backup.stderr)
    assert.match(backup.stdout, /holds 2 documents, each rebuilt from its log, and \d+ rows/)
    const manifest = JSON.parse(readFileSync(path(target, 'backup.json'), 'utf8'))
    assert.equal(manifest.rows.document, 2)
    for (const client of clients) client.end()

    const data = path(folder, `${from} restored`)
    const other = { ...hooks, ...LAYOUTS[into]() }
    const restored = run(['restore', target, '--data', data], other)
    assert.equal(restored.status, 0, restored.stderr)
    assert.notEqual(run(['restore', target, '--data', data], other).status, 0, 'not over an instance')
    const second = await Server.start({ args: [], env: other, data })
    await check(second, made, acknowledged)
    const doctor = run(['doctor', '--deep', '--data', data], other)
    assert.equal(doctor.status, 0, doctor.stdout)
    assert.match(doctor.stdout, /the chain holds/)
    await second.stop()
    await server.stop()
  })
}

test('G1: one node on files becomes a cluster; G5: its audit key becomes a setting', { timeout: 120_000 }, async () => {
  const target = path(folder, 'files')
  const { href } = database()
  const env = { CONSILIUM_DATABASE_URL: href, CONSILIUM_JOURNAL_URL: href, CONSILIUM_BUS_URL: redis().href }
  const data = path(folder, 'node')
  for (const key of ['', 'some other key of at least 32 bytes']) {
    const refused = run(['restore', target, '--data', data], { ...env, CONSILIUM_AUDIT_KEY: key })
    assert.notEqual(refused.status, 0)
    assert.match(refused.stderr, /set audit_key to hex: followed by its bytes/)
  }
  const key = readFileSync(path(target, 'audit.key')).toString('hex')
  const cluster = { ...env, CONSILIUM_AUDIT_KEY: `hex:${key}` }
  const restored = run(['restore', target, '--data', data], cluster)
  assert.equal(restored.status, 0, restored.stderr)
  const nodes = [await Server.start({ args: [], env: cluster, data }), await Server.start({ args: [], env: cluster })]
  for (const node of nodes) {
    const ana = new Person(node)
    await ana.expect(200, 'POST', '/auth/sign-in', { email: 'ana@example.org', password: 'correct horse' })
    assert.equal((await ana.expect(200, 'GET', '/documents')).body.items.length, 2)
  }
  const verified = run(['audit', 'verify', '--data', data], cluster)
  assert.equal(verified.status, 0, verified.stdout + verified.stderr)
  for (const node of nodes) await node.stop()
})

test('G1: a purge while the rows are copied from Postgres does not fail the backup', { timeout: 120_000 }, async () => {
  const env = LAYOUTS['two databases']()
  const server = await Server.start({ args: [], env })
  const ana = await owner(server)
  const made = async (title) => {
    const { id } = (await ana.expect(201, 'POST', '/documents', { title })).body
    const { etag } = await ana.expect(200, 'GET', `/documents/${id}/content`)
    await ana.expect(204, 'PUT', `/documents/${id}/content`, `words of ${title}`, { 'content-type': 'text/markdown', 'if-match': etag })
    return id
  }
  const [gone] = [await made('gone'), await made('stays')]
  // The rows know of the edit.
  await until(async () => (await ana.expect(200, 'GET', `/documents/${gone}`)).body.words > 0, 'words are counted', PATIENCE)
  const line = await Line.to(new URL(env.CONSILIUM_DATABASE_URL))
  const target = path(folder, 'purged-meanwhile')
  let held
  const isHeld = new Promise((resolve) => (held = resolve))
  line.onSent = (bytes) => {
    // One of the last tables: the snapshot of the rows is taken.
    if (!/from "?webhook/.test(bytes.toString('latin1'))) return
    line.onSent = undefined
    line.freeze()
    held()
  }
  const backup = started(['backup', target], { ...env, CONSILIUM_DATABASE_URL: line.url.href })
  await Promise.race([isHeld, backup.then(({ stderr }) => assert.fail(`it was not held: ${stderr}`))])
  await ana.expect(200, 'DELETE', `/documents/${gone}`)
  await ana.expect(204, 'POST', `/documents/${gone}/purge`)
  await ana.expect(404, 'GET', `/documents/${gone}`)
  line.thaw()
  const { status, stdout, stderr } = await backup
  assert.equal(status, 0, stderr)
  assert.match(stdout, /holds 1 documents/)
  line.end()
  await server.stop()
})

const asked = (url, sql) => execFileSync('psql', [url, '-qAtc', sql], { encoding: 'utf8' }).trim()
const tablesOf = (url) => asked(url, "select coalesce(string_agg(tablename, ' ' order by tablename), '') from pg_tables where schemaname = 'public'")

test('[SAVE-24] a restore into Postgres that is killed at any step cannot be served, and is repeated', { timeout: 600_000 }, async () => {
  const target = path(folder, 'rows in Postgres')
  let marked = 0
  // The messages after which it is killed: before and after the first table, between migrations, while it copies.
  for (const step of [30, 60, 120, 300]) {
    const { href } = database()
    const line = await Line.to(new URL(href))
    const env = { CONSILIUM_DATABASE_URL: line.url.href, CONSILIUM_JOURNAL_URL: line.url.href }
    const data = path(folder, `killed ${step}`)
    const child = spawn(program, ['restore', target, '--data', data], { env: { ...process.env, CONSILIUM_BIN: undefined, ...env }, stdio: 'ignore' })
    let sent = 0
    line.onSent = () => ++sent === step && child.kill('SIGKILL')
    const signal = await new Promise((resolve) => child.once('exit', (_, signal) => resolve(signal)))
    line.onSent = undefined
    assert.equal(signal, 'SIGKILL', `step ${step}: after ${sent} messages`)
    // Postgres may still carry out the last statement of the killed process.
    await until(() => asked(href, "select count(*) from pg_stat_activity where datname = current_database() and application_name like 'consilium%'") === '0', 'its connections are gone', PATIENCE)
    if (tablesOf(href) !== '') {
      marked++
      await assert.rejects(Server.start({ args: [], env, data: path(folder, `served ${step}`) }), /a restore into this database was begun and has not finished/, `step ${step}: ${tablesOf(href)}`)
    }
    const again = await started(['restore', target, '--data', data], env)
    assert.equal(again.status, 0, `step ${step}: ${again.stderr}`)
    line.end()
  }
  assert.ok(marked >= 2, `it was killed in ${marked} of its steps`)
})

test('[SAVE-24] [OPS-1] a database of another program is refused by every command, before anything is written there', { timeout: 120_000 }, async () => {
  const target = path(folder, 'files')
  const foreign = () => {
    const { href } = database()
    asked(href, 'create table account (id int); create table invoice (id int)')
    return href
  }
  const own = path(folder, 'node of another program')
  for (const env of [
    { CONSILIUM_DATABASE_URL: foreign() },
    { CONSILIUM_DATABASE_URL: database().href, CONSILIUM_JOURNAL_URL: foreign() },
    { CONSILIUM_DATABASE_URL: foreign(), CONSILIUM_JOURNAL_URL: foreign() },
  ]) {
    const before = Object.values(env).map(tablesOf)
    const { status, stderr } = run(['restore', target, '--data', own], env)
    assert.notEqual(status, 0)
    assert.match(stderr, /the database has tables of another program \(account, invoice\): name a database of its own/)
    assert.match(stderr, /looked in postgres:/)
    assert.deepEqual(Object.values(env).map(tablesOf), before)
    assert.ok(!existsSync(own), 'nothing is left')
  }
  // Another program may keep its migrations in a table of the same name.
  const migrated = foreign()
  asked(migrated, "create table _sqlx_migrations (version bigint primary key, description text); insert into _sqlx_migrations values (20200101000000, 'first')")
  for (const url of [foreign(), migrated]) {
    const before = tablesOf(url)
    await assert.rejects(Server.start({ args: [], env: { CONSILIUM_DATABASE_URL: url } }), /\(database_url\) cannot be used: the database has tables of another program/)
    assert.match(run(['flag', 'read-only', 'on', '--data', folder], { CONSILIUM_DATABASE_URL: url }).stderr, /there is no instance: the database has tables of another program/)
    assert.equal(tablesOf(url), before)
  }
})
