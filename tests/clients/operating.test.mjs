// [OPS-1] to [OPS-5], [OPS-8] to [OPS-14] Commands that cannot lie, keys and versions that must match, and settings of the surroundings.
import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join as path } from 'node:path'
import { after, before, test } from 'node:test'
import { Person, owner, write } from './people.mjs'
import { Server, program, temporary, until } from './server.mjs'
import { database, journal } from './stores.mjs'

const PATIENCE = 30_000
/** Shifts the clock of a process by CLOCK_SHIFT seconds. */
const SHIFTED_CLOCK = `
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
int clock_gettime(clockid_t id, struct timespec *now) {
  int failed = syscall(SYS_clock_gettime, id, now);
  const char *shift = getenv("CLOCK_SHIFT");
  if (!failed && id == CLOCK_REALTIME && shift) now->tv_sec += atol(shift);
  return failed;
}`
let folder
before(() => (folder = temporary('consilium-operating-')))
after(() => rmSync(folder, { recursive: true, force: true }))

const run = (args, env = {}, input = '') => spawnSync(program, args, { encoding: 'utf8', input, cwd: folder, env: { ...process.env, CONSILIUM_BIN: undefined, ...env } })
/** Runs the command asynchronously, so that several can run at the same time. */
const runs = (args, env, input) => new Promise((resolve) => {
  const child = spawn(program, args, { cwd: folder, env: { ...process.env, CONSILIUM_BIN: undefined, ...env } })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (said += data))
  child.stdin.on('error', () => {}).end(input)
  child.once('close', (status) => resolve({ status, said }))
})
const sql = (file, statement) =>
  execFileSync('python3', ['-c', 'import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit()', file, statement])
const COMMANDS = [
  ['doctor'],
  ['doctor', '--deep'],
  ['backup', 'made'],
  ['flag', 'read-only', 'on'],
  ['keys', 'rotate'],
  ['audit', 'verify'],
  ['audit', 'restart'],
  ['files', 'give-up-key'],
  ['user', 'reset-password', 'ana@example.org'],
]
/** The last output of a server that is expected not to start. */
async function refusal(options) {
  let words
  await assert.rejects(Server.start({ args: [], ...options }), ({ message }) => {
    words = message
    return true
  })
  return words
}

test('[OPS-1] G4: in a wrong folder, every command fails, says where it looked, and leaves nothing', () => {
  for (const command of COMMANDS) {
    const { status, stdout, stderr } = run([...command, '--data', 'mistyped'], {}, 'correct horse battery\n')
    assert.notEqual(status, 0, command.join(' '))
    assert.match(stdout + stderr, /mistyped/, command.join(' '))
    assert.deepEqual(readdirSync(folder), [], command.join(' '))
  }
  // An existing, empty folder as well.
  mkdirSync(path(folder, 'empty'))
  for (const command of COMMANDS) {
    const { status, stdout, stderr } = run([...command, '--data', 'empty'], {}, 'correct horse battery\n')
    assert.notEqual(status, 0, command.join(' '))
    assert.match(stdout + stderr, /there is no instance/, command.join(' '))
    assert.deepEqual(readdirSync(path(folder, 'empty')), [], command.join(' '))
  }
  rmSync(path(folder, 'empty'), { recursive: true })
})

test('[OPS-1] G4: in an empty database, every command fails and makes no table; so does a backup with the journal of nobody', async () => {
  const url = database()
  const tables = () => execFileSync('psql', [url.href, '-Atqc', "select count(*) from information_schema.tables where table_schema = 'public'"], { encoding: 'utf8' }).trim()
  const data = path(folder, 'node')
  mkdirSync(data)
  const env = { CONSILIUM_DATABASE_URL: url.href, CONSILIUM_JOURNAL_URL: url.href, CONSILIUM_AUDIT_KEY: 'one key for all nodes of these tests' }
  for (const command of COMMANDS) {
    const { status, stdout, stderr } = run([...command, '--data', data], env, 'correct horse battery\n')
    assert.notEqual(status, 0, command.join(' '))
    assert.match(stdout + stderr, /there is no instance: the database is empty/, command.join(' '))
    assert.match(stdout + stderr, new RegExp(url.pathname), 'it names the database')
    assert.equal(tables(), '0', command.join(' '))
    assert.deepEqual(readdirSync(folder), ['node'])
  }

  // Rows of an instance, and a journal that is another one.
  const server = await Server.start({ args: [], env })
  const ana = await owner(server)
  const { body } = await ana.expect(201, 'POST', '/documents', { title: 'Plan' })
  const client = ana.open(body.id)
  await until(() => client.provider.synced, 'synced', PATIENCE)
  client.text.insert(0, 'words')
  const noted = () => execFileSync('psql', [url.href, '-Atqc', 'select count(*) from document_edit where seq > 0'], { encoding: 'utf8' }).trim()
  await until(() => noted() === '1', 'the edit is noted', PATIENCE)
  client.end()
  const mistyped = { ...env, CONSILIUM_JOURNAL_URL: journal().href }
  const target = path(folder, 'of nothing')
  const made = run(['backup', target, '--data', server.data], mistyped)
  assert.notEqual(made.status, 0)
  assert.match(made.stderr, /the journal lacks edits of 1 documents/)
  assert.ok(!existsSync(target) && !existsSync(`${target}.partial`))
  const doctor = run(['doctor', '--data', server.data], mistyped)
  assert.notEqual(doctor.status, 0)
  assert.match(doctor.stdout, /FAILED {2}journal: the journal lacks edits/)
  assert.equal(run(['doctor', '--data', server.data], env).status, 0)
  await server.stop()
})

test('[OPS-2] G4: doctor reports the disk of every store', { skip: process.getuid() !== 0 && 'mounting needs root' }, async () => {
  const disk = path(folder, 'rows')
  mkdirSync(disk)
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'none', disk])
  try {
    const env = { CONSILIUM_DATABASE_URL: `sqlite:${path(disk, 'rows.db')}` }
    const server = await Server.start({ args: [], env })
    const well = run(['doctor', '--data', server.data], env)
    assert.equal(well.status, 0, well.stdout)
    assert.match(well.stdout, new RegExp(`ok {6}disk: ${disk} can be written`))
    try { writeFileSync(path(disk, 'other'), Buffer.alloc(16 << 20)) } catch {}
    const full = run(['doctor', '--data', server.data], env)
    assert.notEqual(full.status, 0)
    assert.match(full.stdout, new RegExp(`FAILED {2}disk: ${disk} cannot be written`))
    rmSync(path(disk, 'other'))
    assert.deepEqual(readdirSync(disk).filter((name) => name.startsWith('doctor')), [])
    await server.stop()
  } finally {
    execFileSync('umount', [disk])
  }
})

test('[OPS-3] G5: a node with another key than that of the chain does not start; the first second is no tampering', async () => {
  const server = await Server.start({ args: [] })
  await owner(server)
  const verify = (env) => run(['audit', 'verify', '--data', server.data], env)
  const anchors = path(server.data, 'audit.anchors')
  while (!existsSync(anchors)) {
    const { status, stdout, stderr } = verify()
    assert.equal(status, 0, stdout + stderr)
    const deep = run(['doctor', '--deep', '--data', server.data])
    assert.equal(deep.status, 0, deep.stdout)
  }
  server.child.kill('SIGTERM')
  await server.exited
  const { data } = server
  const key = readFileSync(path(data, 'audit.key'))
  const other = { CONSILIUM_AUDIT_KEY: 'not the key that this audit has' + '!'.repeat(32) }
  assert.match(await refusal({ data, env: other }), /audit_key is not the key with which the audit of this instance is chained/)
  assert.doesNotMatch(verify(other).stderr, /tampered/)
  assert.match(verify(other).stderr, /is not the key/)
  rmSync(path(data, 'audit.key'))
  assert.match(await refusal({ data }), /its key is missing: .*audit\.key must hold it/)
  assert.match(verify().stderr, /there is no key to verify the audit with/)
  assert.ok(!existsSync(path(data, 'audit.key')), 'none is made in its place')
  writeFileSync(path(data, 'audit.key'), '')
  assert.match(await refusal({ data }), /audit\.key is damaged: it has 0 bytes/)
  writeFileSync(path(data, 'audit.key'), Buffer.alloc(32))
  assert.match(await refusal({ data }), /audit\.key is not the key/)
  const example = /^AUDIT_KEY=(.*)$/m.exec(readFileSync(new URL('../../.env.example', import.meta.url), 'utf8'))[1]
  assert.match(await refusal({ env: { CONSILIUM_AUDIT_KEY: example } }), /audit_key is the placeholder/)
  // A copy of the instance whose key is lost for ever.
  const lost = path(folder, 'lost')
  cpSync(data, lost, { recursive: true })
  assert.equal(run(['audit', 'restart', '--data', lost]).status, 0)
  const restarted = await Server.start({ args: [], data: lost })
  await until(() => existsSync(path(lost, 'audit.anchors')), 'chained again', PATIENCE)
  const again = run(['audit', 'verify', '--data', lost])
  assert.equal(again.status, 0, again.stdout + again.stderr)
  assert.match(run(['audit', 'restart', '--data', lost]).stderr, /nothing to restart/)
  await restarted.stop()
  // The key file's own bytes, as a setting: how one node becomes several. A file may hold the setting.
  rmSync(path(data, 'audit.key'))
  writeFileSync(path(folder, 'secret'), `hex:${key.toString('hex')}\n`)
  const served = await Server.start({ args: [], data, env: { CONSILIUM_AUDIT_KEY_FILE: path(folder, 'secret') } })
  assert.equal(verify({ CONSILIUM_AUDIT_KEY: `hex:${key.toString('hex')}` }).status, 0)
  await served.stop()
})

test('[OPS-4] G6: an older program does not start on a newer schema, and names the version that it needs', async () => {
  const server = await Server.start({ args: [] })
  server.child.kill('SIGTERM')
  await server.exited
  const { data } = server
  sql(path(data, 'consilium.db'), "insert into _sqlx_migrations (version, description, installed_on, success, checksum, execution_time) values (9999, 'later', '2030-01-01', 1, x'00', 1)")
  sql(path(data, 'consilium.db'), "update shared_value set value = cast('9.8.7' as blob) where name = 'schema-made-by'")
  assert.match(await refusal({ data }), /newer than this program .*consilium 9\.8\.7 or later is needed/)
  for (const command of COMMANDS) assert.match(Object.values(run([...command, '--data', data], {}, 'correct horse battery\n')).join(), /9\.8\.7/, command.join(' '))
})

test('[OPS-5] G6: settings that others inject are ignored, and a path in public_url is refused', async () => {
  const kubernetes = {
    CONSILIUM_PORT: 'tcp://10.0.0.7:80',
    CONSILIUM_PORT_80_TCP: 'tcp://10.0.0.7:80',
    CONSILIUM_PORT_80_TCP_ADDR: '10.0.0.7',
    CONSILIUM_PORT_80_TCP_PORT: '80',
    CONSILIUM_PORT_80_TCP_PROTO: 'tcp',
    CONSILIUM_SERVICE_HOST: '10.0.0.7',
    CONSILIUM_SERVICE_PORT: '80',
    CONSILIUM_SERVICE_PORT_HTTP: '80',
    CONSILIUM_NODES_SERVICE_HOST: '10.0.0.8',
    CONSILIUM_NODES_PORT: 'tcp://10.0.0.8:80',
  }
  const server = await Server.start({ args: [], env: kubernetes })
  assert.equal((await fetch(`${server.url}/readyz`)).status, 200)
  await server.stop()
  assert.match(await refusal({ env: { CONSILIUM_PORT: '8080' } }), /CONSILIUM_PORT is no setting/, 'a mistaken key is still an error')
  assert.match(await refusal({ env: { CONSILIUM_PUBLIC_URL: 'https://example.org/plans' } }), /public_url .* without a path/)
})

test('[OPS-5] G3: without CA certificates the server starts, and says what it cannot do', async () => {
  const server = await Server.start({ env: { SSL_CERT_FILE: '/nonexistent', SSL_CERT_DIR: '/nonexistent' } })
  assert.match(server.log, /webhooks cannot reach https:\/\/ targets: install ca-certificates/)
  await server.stop()
})

test('[OPS-5] G6: only its owner can read the data folder, also of an earlier version', async () => {
  const server = await Server.start({ args: [] })
  await owner(server)
  const modes = () => Object.fromEntries(['.', ...readdirSync(server.data)].map((name) => [name, (statSync(path(server.data, name)).mode & 0o777).toString(8)]))
  const isPrivate = () => {
    for (const [name, mode] of Object.entries(modes())) assert.equal(mode, statSync(path(server.data, name)).isDirectory() ? '700' : '600', name)
  }
  await until(() => existsSync(path(server.data, 'audit.anchors')), 'anchored', PATIENCE)
  isPrivate()
  await server.kill()
  chmodSync(server.data, 0o755)
  for (const name of readdirSync(server.data)) chmodSync(path(server.data, name), 0o644)
  await server.restart()
  isPrivate()
  await server.stop()
})

test('[OPS-8] G7: every figure has a description and a value from the start; sign-ins and refusals are logged without secrets', async () => {
  const server = await Server.start({ args: [] })
  const text = async () => await (await fetch(`${server.url}/metrics`)).text()
  const value = (all, name) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(all)?.[1])
  const first = await text()
  const names = new Set([...first.matchAll(/^(consilium_[a-z_]+?)(?:_bucket|_sum|_count)?(?:\{| )/gm)].map(([, name]) => name))
  for (const name of names) {
    assert.match(first, new RegExp(`^# HELP ${name} \\S`, 'm'), name)
    assert.match(first, new RegExp(`^# TYPE ${name} (counter|gauge|histogram)$`, 'm'), name)
  }
  const checked = spawnSync('promtool', ['check', 'metrics'], { input: first, encoding: 'utf8' })
  assert.deepEqual([checked.error, checked.status, checked.stdout + checked.stderr], [undefined, 0, ''], 'promtool has nothing to say')
  for (const name of [
    'consilium_http_requests_total{status="5xx"}', 'consilium_refusals_total{reason="malformed"}', 'consilium_bus_dropped_total',
    'consilium_webhook_attempts_total{outcome="failed"}', 'consilium_lost_races_total', 'consilium_jobs{state="dead"}', 'consilium_job_oldest_seconds',
    'consilium_last_backup_timestamp_seconds', 'consilium_certificate_expiry_timestamp_seconds',
  ]) assert.equal(value(first, name.replaceAll(/[{}"]/g, '\\$&')), 0, name)
  assert.ok(value(first, 'consilium_audit_unchained_seconds') < 60)
  assert.equal(value(first, 'consilium_store_up\\{store="journal"\\}'), 1)
  assert.match(first, /^consilium_build_info\{version="\d+\.\d+\.\d+"\} 1$/m)
  await until(async () => value(await text(), `consilium_disk_free_bytes\\{folder="${server.data}"\\}`) > 0, 'the disk is measured', PATIENCE)
  assert.ok(value(await text(), 'consilium_http_seconds_count') > 0)

  const ana = await owner(server)
  await ana.expect(401, 'POST', '/auth/sign-in', { email: 'ana@example.org', password: 'a secret that is wrong' })
  await ana.expect(200, 'POST', '/auth/sign-in', { email: 'ana@example.org', password: 'correct horse' })
  await ana.expect(403, 'POST', '/documents', { title: 'Stolen' }, { origin: 'https://evil.example' })
  const { status } = await fetch(`${server.url}/api/v1/documents`, { headers: { authorization: 'Bearer con_a-key-that-is-wrong' } })
  assert.equal(status, 401)
  const { account_id } = (await ana.expect(200, 'GET', '/me')).body
  for (const line of [
    new RegExp(`a sign-in failed account="?${account_id}"? address="?127.0.0.1`), new RegExp(`signed in account=${account_id} address="?127.0.0.1`),
    /refused: a page of another origin.* origin="https:\/\/evil\.example"/, /refused: the credentials of a request.* kind="token or key"/,
  ]) await until(() => line.test(server.log), () => `${line} in ${server.log}`, PATIENCE)
  for (const secret of ['a secret that is wrong', 'correct horse', 'a-key-that-is-wrong', ...ana.cookies.values()]) assert.ok(!server.log.includes(secret), secret)

  assert.equal(run(['backup', path(folder, 'measured'), '--data', server.data]).status, 0)
  const now = Date.now() / 1000
  await until(async () => Math.abs(value(await text(), 'consilium_last_backup_timestamp_seconds') - now) < 60, 'the backup is noted', PATIENCE)
  await server.stop()
})

/** Every command that reads the configuration. */
const READERS = [['serve', '--listen', '127.0.0.1:0'], ['config'], ['restore', 'kept'], ...COMMANDS]
const TRACED = { RUST_BACKTRACE: '1', RUST_LIB_BACKTRACE: '1', CONSILIUM_BIN: undefined }

test('[OPS-9] a mistake in the configuration is one sentence that names what was written, where, and the nearest key (D9)', () => {
  const file = path(folder, 'mistyped.toml')
  const cases = [
    ['[files]\nshared = true\n', {}, `files.shared in ${file} is no setting; the nearest is files_key`],
    ['lisen = "127.0.0.1:0"\n', {}, `lisen in ${file} is no setting; the nearest is listen`],
    ['revision_days = "many"\n', {}, `revision_days in ${file} is string "many", but must be u32`],
    ['listen = \n', {}, `${file}: TOML parse error at line 1, column 10: `],
    ['', { CONSILIUM_FILES_SHARED: 'true' }, 'the environment variable CONSILIUM_FILES_SHARED is no setting; the nearest is CONSILIUM_FILES_KEY'],
    ['', { CONSILIUM_REVISION_DAY: '7' }, 'the environment variable CONSILIUM_REVISION_DAY is no setting; the nearest is CONSILIUM_REVISION_DAYS'],
    ['', { CONSILIUM_REVISION_DAYS: 'many' }, 'the environment variable CONSILIUM_REVISION_DAYS is string "many", but must be u32'],
    ['', { CONSILIUM_HEADLESS_SECRET: '12345678901234567' }, 'the environment variable CONSILIUM_HEADLESS_SECRET must be a string: put it in quotes'],
  ]
  for (const [text, env, sentence] of cases) {
    writeFileSync(file, text)
    for (const command of READERS) {
      const { status, stderr, stdout } = run([...command, '--config', file, '--data', path(folder, 'nowhere')], { ...TRACED, ...env }, 'correct horse battery\n')
      assert.equal(status, 1, `${command.join(' ')}: ${stdout}`)
      assert.ok(stderr.startsWith(`Error: the configuration cannot be used: ${sentence}`) && stderr.trimEnd().split('\n').length === 1, `${command.join(' ')}: ${stderr}`)
      assert.ok(!stderr.includes('12345678901234567'), 'no secret')
    }
  }
  rmSync(file)
})

test('[OPS-9] a store that is down at a start is named with its URL without the password, and with what failed (D9)', async () => {
  // A port on which nothing listens.
  const { createServer } = await import('node:net')
  const port = await new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
  const down = { CONSILIUM_DATABASE_URL: `postgres://ana:pa55word@127.0.0.1:${port}/rows`, CONSILIUM_AUDIT_KEY: 'one key for all nodes of these tests' }
  const readers = READERS.filter(([name]) => name !== 'config' && name !== 'restore')
  await Promise.all(readers.map(async (command) => {
    const { status, said } = await runs([...command, '--data', path(folder, 'down', command.join('-'))], { ...TRACED, ...down }, 'correct horse battery\n')
    assert.equal(status, 1, command.join(' '))
    assert.match(said, new RegExp(`postgres://\\*\\*\\*@127.0.0.1:${port}/rows`), `${command.join(' ')}: ${said}`)
    assert.match(said, /database_url/)
    assert.match(said, /Connection refused/, `${command.join(' ')}: ${said}`)
    assert.doesNotMatch(said, /pa55word|pool timed out|stack backtrace/i)
  }))
  const start = async (env) => (await runs(['serve', '--listen', '127.0.0.1:0', '--data', path(folder, 'down', env.CONSILIUM_JOURNAL_URL.slice(0, 5))], { ...TRACED, ...env }, '')).said
  for (const said of await Promise.all([start({ CONSILIUM_JOURNAL_URL: `postgres://ana:pa55word@127.0.0.1:${port}/log` }), start({ CONSILIUM_JOURNAL_URL: `mongodb://ana:pa55word@127.0.0.1:${port}/log` })])) {
    assert.match(said, new RegExp(`the journal (postgres|mongodb)://\\*\\*\\*@127.0.0.1:${port}/log \\(journal_url\\) cannot be used: .*Connection refused`), said)
    assert.doesNotMatch(said, /pa55word|stack backtrace/i)
  }
})

test('[OPS-10] F9: a start waits for a process that is about to end, and names one that is not', async () => {
  const first = await Server.start()
  const folder = first.data
  const began = Date.now()
  await assert.rejects(Server.start({ data: folder }), new RegExp(`another process uses the data folder .*: process ${first.child.pid}`))
  assert.ok(Date.now() - began < 30_000)
  const next = Server.start({ data: folder })
  // It has asked for the folder by then, and goes on as soon as the other is gone.
  await new Promise((done) => setTimeout(done, 1_000))
  await first.kill()
  const second = await next
  assert.match(second.log, /waiting for the process that uses the data folder/)
  assert.equal((await fetch(`${second.url}/healthz`)).status, 200)
  await second.stop()
})

test('[OPS-11] a node whose id has lost its bytes with the power starts with another one, and waits for its own row', async () => {
  const server = await Server.start()
  await server.kill()
  writeFileSync(path(server.data, 'node.id'), '\0'.repeat(36))
  await server.restart()
  assert.match(readFileSync(path(server.data, 'node.id'), 'utf8'), /^[0-9a-f-]{36}$/)
  assert.match(server.log, /waiting for the row of another process to expire/)
  // The start does not wait for a node that is alive.
  const began = Date.now()
  const env = { CONSILIUM_DATABASE_URL: `sqlite:${path(server.data, 'consilium.db')}` }
  assert.match(await refusal({ env }), new RegExp(`used by another process \\(${server.address}\\), and it has no bus`))
  assert.ok(Date.now() - began < 10_000)
  await server.stop()
})

test('[OPS-12] D9: a start says which store it cannot use, and where; what is no URL makes no new instance', async () => {
  const data = path(folder, 'mistyped')
  const cases = {
    'postgres://ana:hush@127.0.0.1:1/plans': /the database postgres:\/\/\*\*\*@127\.0\.0\.1:1\/plans \(database_url\) cannot be used: .*Connection refused/,
    'plans.db': /database_url begins with one of sqlite:, postgres:\/\//,
    'http://127.0.0.1/plans': /database_url begins with one of sqlite:/,
  }
  for (const [url, said] of Object.entries(cases)) {
    const words = await refusal({ data, env: { CONSILIUM_DATABASE_URL: url } })
    assert.match(words, said)
    assert.doesNotMatch(words, /hush/)
  }
  assert.match(await refusal({ data, env: { CONSILIUM_JOURNAL_URL: 'mongo://127.0.0.1/plans' } }), /journal_url begins with one of .*mongodb:\/\//)
  assert.match(await refusal({ data, env: { CONSILIUM_BUS_URL: '127.0.0.1:6379' } }), /bus_url begins with one of local, redis:/)
  assert.ok(!existsSync('plans.db'), 'no file is made where it was started')
})

test('[SAVE-3] without its journal a database is not served: nobody sees documents empty', async () => {
  const server = await Server.start({ args: [] })
  const ana = await owner(server)
  const { id } = (await ana.expect(201, 'POST', '/documents', { title: 'Plan' })).body
  await write(ana, id, 'Words that stay.')
  const { data } = server
  const noted = () => Number(execFileSync('python3', ['-c', 'import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute("select count(*) from document_edit where seq > 0").fetchone()[0])', path(data, 'consilium.db')]))
  await until(() => noted() === 1, 'the edit is noted', PATIENCE)
  server.child.kill('SIGTERM')
  await server.exited
  const kept = mkdtempSync(path(folder, 'journal-'))
  const files = readdirSync(data).filter((name) => name.startsWith('journal.db'))
  files.forEach((name) => cpSync(path(data, name), path(kept, name)))
  files.forEach((name) => rmSync(path(data, name)))
  assert.match(await refusal({ data }), /the journal lacks edits of 1 documents that the database knows of: do database_url and journal_url name stores of the same instance/)
  readdirSync(data).filter((name) => name.startsWith('journal.db')).forEach((name) => rmSync(path(data, name)))
  files.forEach((name) => cpSync(path(kept, name), path(data, name)))
  const again = await Server.start({ args: [], data })
  const back = new Person(again)
  back.cookies = ana.cookies
  assert.match(String((await back.expect(200, 'GET', `/documents/${id}/content`)).body), /Words that stay/)
  await again.stop()
})

test('[OPS-3] [OPS-9] an empty secret file is an error, parameters of a URL are not told, and public_url is as browsers write it', async () => {
  const empty = path(folder, 'empty')
  writeFileSync(empty, '\n')
  for (const key of ['AUDIT_KEY', 'FILES_KEY', 'DATABASE_URL']) {
    assert.match(await refusal({ env: { [`CONSILIUM_${key}_FILE`]: empty } }), new RegExp(`CONSILIUM_${key}_FILE: .* is empty`))
  }
  const url = 'postgres://127.0.0.1:1/x?user=u&password=secretpw&sslmode=disable'
  for (const command of [['config'], ['doctor']]) {
    const said = Object.values(run(command, { CONSILIUM_DATABASE_URL: url, CONSILIUM_FILES_URL: 's3://plans?secret=secretpw&region=eu' })).join()
    assert.doesNotMatch(said, /secretpw/, command.join())
  }
  assert.match(run(['config'], { CONSILIUM_DATABASE_URL: url }).stdout, /password=\*\*\*&sslmode=disable/)
  // A password that was not escaped, and a secret within a parameter.
  for (const other of ['postgres://u:pa?secretpw@127.0.0.1:1/x', 'postgres://127.0.0.1:1/x?host=a&options=secretpw']) assert.doesNotMatch(run(['config'], { CONSILIUM_DATABASE_URL: other }).stdout, /secretpw/)
  for (const [written, told] of [['https://Plans.Example.org:443/', 'https://plans.example.org'], ['https://b\u00fccher.example', 'https://xn--bcher-kva.example'], ['http://10.0.0.7:80', 'http://10.0.0.7']]) {
    assert.match(run(['config'], { CONSILIUM_PUBLIC_URL: written }).stdout, new RegExp(`public_url = "${told}"`))
  }
  assert.match(await refusal({ env: { CONSILIUM_PUBLIC_URL: 'https://plans.example.org:99999' } }), /public_url is no URL/)
})

test('[OPS-13] doctor --deep reads every page and index of the SQLite files', async () => {
  const server = await Server.start({ args: [] })
  const ana = await owner(server)
  const { id } = (await ana.expect(201, 'POST', '/documents', { title: 'Plan' })).body
  await write(ana, id, 'Words.')
  server.child.kill('SIGTERM')
  await server.exited
  const { data } = server
  const deep = (at) => run(['doctor', '--deep', '--data', at])
  assert.equal(deep(data).status, 0, deep(data).stdout)
  // Rows move while an index is hidden from SQLite, so that its entries no longer lead to rows.
  const damage = `
import sqlite3, sys
file, table, index = sys.argv[1:]
c = sqlite3.connect(file)
entry = c.execute("select type, name, tbl_name, rootpage, sql from sqlite_master where name = ?", (index,)).fetchone()
c.execute("pragma writable_schema = on")
c.execute("delete from sqlite_master where name = ?", (index,))
c.commit(); c.close()
c = sqlite3.connect(file)
c.execute(f"update {table} set rowid = rowid + 1000000")
c.execute("pragma writable_schema = on")
c.execute("insert into sqlite_master (type, name, tbl_name, rootpage, sql) values (?, ?, ?, ?, ?)", entry)
c.commit(); c.close()`
  for (const [file, table, index, line] of [['consilium.db', 'document', 'document_by_creation', 'database'], ['journal.db', 'journal_row', 'journal_row_fence', 'journal']]) {
    const damaged = path(folder, `damaged ${line}`)
    cpSync(data, damaged, { recursive: true })
    execFileSync('python3', ['-c', damage, path(damaged, file), table, index])
    const { status, stdout } = deep(damaged)
    assert.notEqual(status, 0)
    assert.match(stdout, new RegExp(`FAILED {2}${line}: its file is damaged: .*(missing from index|${index}).*: restore a backup`))
  }
  rmSync(data, { recursive: true })
})

test('[OPS-11] a node whose clock is another one does not start beside a node without a bus', { timeout: 300_000 }, async () => {
  const library = path(folder, 'shift.so')
  writeFileSync(path(folder, 'shift.c'), SHIFTED_CLOCK)
  execFileSync('cc', ['-shared', '-fPIC', '-o', library, path(folder, 'shift.c')])
  const at = (seconds) => ({ LD_PRELOAD: library, CLOCK_SHIFT: String(seconds) })
  const HOUR = 3_600
  const check = async (engine, stores, clocks) => {
    const env = (seconds) => ({ ...stores, ...at(seconds) })
    const behind = await Server.start({ args: [], env: env(-HOUR) })
    for (const seconds of clocks) {
      assert.match(await refusal({ env: env(seconds) }), new RegExp(`used by another process \\(${behind.address}\\), and it has no bus`), `${engine} ${seconds}`)
    }
    // One that was killed is not waited for until its clock is reached.
    await behind.kill()
    const next = await Server.start({ args: [], env: env(-48 * HOUR) })
    await next.stop()
  }
  // After a clock that is days ahead, the row of the first one is still there.
  await Promise.all([
    check('SQLite', { CONSILIUM_DATABASE_URL: `sqlite:${path(folder, 'rows.db')}` }, [48 * HOUR, 0]),
    check('Postgres', { CONSILIUM_DATABASE_URL: database().href }, [48 * HOUR, 0]),
  ])
})

test('[OPS-14] a server on the network without public_url says who can sign in, and what to set', { skip: process.getuid() !== 0 && 'a network of its own needs root' }, async () => {
  // In a network of its own, without any interface.
  const bin = path(folder, 'alone')
  writeFileSync(bin, `#!/bin/sh\nexec unshare --net "${program}" "$@"\n`, { mode: 0o755 })
  const said = /public_url is not set: only people who type http:\/\/0\.0\.0\.0:\d+ can sign in; set public_url \(CONSILIUM_PUBLIC_URL\)/
  const listen = '0.0.0.0:0'
  const server = await Server.start({ args: [], bin, listen })
  await until(() => said.test(server.log), 'it says so', PATIENCE)
  await server.stop()
  for (const options of [{ bin, listen, env: { CONSILIUM_PUBLIC_URL: 'https://plans.example.org' } }, {}]) {
    const quiet = await Server.start({ args: [], ...options })
    await until(() => quiet.log.includes('listening'), 'it has started', PATIENCE)
    assert.doesNotMatch(quiet.log, /public_url/)
    await quiet.stop()
  }
})

test('[OPS-9] origins are as browsers send them or refused; a value that cannot be used is quoted; an empty data folder is none', async () => {
  const config = (env) => run(['config'], env)
  assert.match(config({ CONSILIUM_PUBLIC_URL: 'HTTPS://Plans.Example.org:443' }).stdout, /public_url = "https:\/\/plans\.example\.org"/)
  assert.match(config({ CONSILIUM_ALLOWED_ORIGINS: '["HTTPS://App.Example:443/", "http://b\u00fccher.example:80"]' }).stdout, /allowed_origins = \["https:\/\/app\.example", "http:\/\/xn--bcher-kva\.example"\]/)
  for (const [env, sentence] of [
    [{ CONSILIUM_PUBLIC_URL: 'https:\\\\plans.example.org' }, /public_url must start with http:\/\/ or https:\/\/, not "https:/],
    [{ CONSILIUM_PUBLIC_URL: 'https://plans.example.org\\' }, /public_url is one exact scheme and host, without spaces, \\ and \*/],
    [{ CONSILIUM_ALLOWED_ORIGINS: '["*"]' }, /allowed_origins is one exact scheme and host.*: "\*"/],
    [{ CONSILIUM_ALLOWED_ORIGINS: '["https://app.example/path"]' }, /allowed_origins must be a scheme and a host, without a path.*: "https:\/\/app\.example\/path"/],
    [{ CONSILIUM_LISTEN: 'nowhere' }, /CONSILIUM_LISTEN is "nowhere": invalid socket address/],
    [{ CONSILIUM_BUS_URL: 'http://plans' }, /bus_url begins with one of local, redis:.*, not "http:\/\/plans"/],
    [{ CONSILIUM_CONFIG: 'missing.toml' }, /the configuration "missing\.toml" is not a file/],
    [{ CONSILIUM_DATA: '' }, /data is empty: name a folder/],
  ]) {
    const { status, stderr } = config(env)
    assert.equal(status, 1, JSON.stringify(env))
    assert.match(stderr, sentence)
  }
  assert.match(run(['serve', '--listen', '127.0.0.1:0'], { CONSILIUM_DATA: '' }).stderr, /data is empty/)
  assert.ok(!existsSync(path(folder, 'consilium.db')), 'nothing is made where it was started')
  // The target must be a new folder with a name of its own: `.` and `..` are refused.
  for (const name of ['.', '..', 'x/..']) assert.match(run(['backup', name, '--data', folder]).stderr, /there is no instance|cannot be a backup|exists already/, name)
  assert.match(run(['backup', '--help']).stdout, /The new folder of this copy; it must not exist yet/)
})
