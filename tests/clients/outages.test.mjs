// [OPS-6] [OPS-7] Whatever fails around a server, the server reports it, and works again within seconds of its end.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { connect } from 'node:net'
import { join as path } from 'node:path'
import { after, before, test } from 'node:test'
import { committed } from './committed.mjs'
import { Person, owner } from './people.mjs'
import { Server, temporary, until } from './server.mjs'
import { Line, database, journal, nodeEnv, redis } from './stores.mjs'

const PATIENCE = 30_000
/** Everything works again within this time after the end of a fault. */
const WHOLE_WITHIN = 10_000
let folder
before(() => (folder = temporary('consilium-outages-')))
after(() => rmSync(folder, { recursive: true, force: true }))

const readiness = async (server) => {
  const response = await fetch(`${server.url}/readyz`, { signal: AbortSignal.timeout(5_000) })
  return { ...(await response.json()), code: response.status }
}
const lives = async (server) => assert.equal((await fetch(`${server.url}/healthz`, { signal: AbortSignal.timeout(5_000) })).status, 200)
const signIn = (server) => new Person(server).call('POST', '/auth/sign-in', { email: 'ana@example.org', password: 'correct horse' })
const write = (person) => person.call('POST', '/documents', { title: 'Another' })

/** What people see of each fault while it lasts, for the table in docs/production. */
const seen = new Map()
/** An answer within this time counts as an answer: a browser would still be waiting for it. */
const ANSWERED_WITHIN = 15_000
async function look(server, ana, document, client) {
  const answer = async (request, works) => {
    const { status, body } = await Promise.race([request, new Promise((done) => setTimeout(done, ANSWERED_WITHIN, {}))])
    return status === works ? 'works' : status ? `${status} \`${body?.code}\`` : 'no answer'
  }
  const saved = until(() => client.provider.unsyncedChanges === 0, 'saved', 3_000).then(() => 'saved', () => 'waits on the device')
  const [edit, signedIn, comment, { code, status }] = await Promise.all([
    saved, answer(signIn(server), 200), answer(ana.call('POST', `/documents/${document}/threads`, { body: 'a comment' }), 201), readiness(server),
  ])
  return [`${code} \`${status}\``, edit, signedIn, comment]
}

/** Breaks something, and mends it: the server is not ready in between, lives all the time, and logs both once. */
async function outage(server, ana, { fault, breaks, mends, reason, code = 503, fails = true }) {
  const { body } = await ana.expect(201, 'POST', '/documents', { title: 'Plan' })
  const client = ana.open(body.id)
  await until(() => client.provider.synced, 'synced', PATIENCE)
  const logged = server.log.length
  await breaks()
  // The connections may be gone before the node has seen why.
  let report
  await until(async () => (report = await readiness(server)).status !== 'ready' && reason.test(JSON.stringify(report)), () => `it says why: ${JSON.stringify(report)}`, PATIENCE)
  assert.equal(report.code, code, JSON.stringify(report))
  await lives(server)
  if (fails) {
    // Enough writes to reach every connection of the pool. Sign-ins are limited by their number.
    const failed = await Promise.all(Array.from({ length: 8 }, () => write(ana)))
    assert.deepEqual([...new Set(failed.map(({ status, body }) => `${status} ${body.code}`))], ['503 unavailable'])
    assert.equal((await signIn(server)).body.code, 'unavailable', 'a sign-in fails')
  }
  client.text.insert(0, 'meanwhile; ')
  await lives(server)
  const cells = await look(server, ana, body.id, client)
  // Files of the stores may have some space left, also when the disk has none.
  if (fault.includes('full')) cells[1] = 'saved while there is space, then waits'
  seen.set(fault, cells)
  await until(() => server.log.slice(logged).includes('a store does not answer'), 'it logs it', PATIENCE)
  await mends()
  const mended = Date.now()
  await until(async () => (await readiness(server)).status === 'ready', 'it is ready again', WHOLE_WITHIN)
  // Every connection of the pool works.
  const written = await Promise.all(Array.from({ length: 8 }, () => write(ana)))
  assert.deepEqual(written.map(({ status }) => status), Array(8).fill(201), JSON.stringify(written[0].body))
  assert.equal((await signIn(server)).status, 200)
  await until(() => client.provider.synced && client.provider.unsyncedChanges === 0, 'edits are saved', WHOLE_WITHIN)
  await ana.expect(201, 'POST', `/documents/${body.id}/threads`, { body: 'after it' })
  assert.ok(Date.now() - mended < WHOLE_WITHIN + 5_000)
  client.end()
  await until(() => server.log.slice(logged).includes('all stores answer'), 'it logs the end', PATIENCE)
  const log = server.log.slice(logged)
  assert.equal(log.split('a store does not answer, or accepts no writes').length - 1, 1, log)
  assert.equal(log.split('all stores answer').length - 1, 1, log)
  // Background tasks do not repeat themselves. The first seconds are not an outage yet.
  const lines = log.split('\n').filter((line) => /WARN|ERROR/.test(line)).map((line) => line.replace(/^.*?(WARN|ERROR)/, '').replace(/[0-9a-f-]{36}|\d+/g, '#'))
  const often = [...new Set(lines)].filter((line) => lines.filter((same) => same === line).length > 3)
  assert.deepEqual(often, [])
}

test('[OPS-6] G2: after a full disk, sign-ins and edits work again without a restart', { skip: process.getuid() !== 0 && 'mounting needs root', timeout: 120_000 }, async () => {
  const data = path(folder, 'disk')
  mkdirSync(data)
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'none', data])
  const server = await Server.start({ args: [], data: path(data, 'data') })
  try {
    const ana = await owner(server)
    const filler = path(data, 'filler')
    await outage(server, ana, {
      fault: 'the disk of the stores is full',
      reason: /a disk of the stores is full/,
      breaks: async () => {
        const file = openSync(filler, 'w')
        const fill = () => {
          try {
            for (;;) writeSync(file, Buffer.alloc(4096))
          } catch {}
        }
        fill()
        // The stores still have some space of their own, which sign-ins use up.
        await until(async () => (fill(), (await write(ana)).status >= 500), 'writes fail', PATIENCE)
        closeSync(file)
      },
      mends: () => rmSync(filler),
    })
    // A start without space says so.
    server.child.kill('SIGTERM')
    await server.exited
    const file = openSync(filler, 'w')
    try {
      for (;;) writeSync(file, Buffer.alloc(4096))
    } catch {}
    closeSync(file)
    await assert.rejects(server.restart(), /the disk of .*data is full: \d+ KiB are free/)
  } finally {
    server.child.kill('SIGKILL')
    await server.exited
    execFileSync('umount', [data])
  }
})

test('[OPS-6] G6: without file descriptors the server says so, and goes on when some are closed', { timeout: 120_000 }, async () => {
  const server = await Server.start({ args: [], files: 160 })
  const ana = await owner(server)
  let silent = []
  const { host, port } = new URL(server.url)
  await outage(server, ana, {
    fault: 'no file descriptors are left',
    fails: false,
    reason: /no file descriptors left/,
    breaks: async () => {
      silent = Array.from({ length: 200 }, () => connect(Number(port), host.split(':')[0]).on('error', () => {}))
      await until(() => silent.every((socket) => !socket.connecting), 'they are connected', PATIENCE)
    },
    mends: () => silent.forEach((socket) => socket.destroy()),
  })
  assert.match(server.log, /no file descriptors are left: .*LimitNOFILE/)
  await server.stop()
})

test('[OPS-6] [OPS-7] G6: a Postgres, MongoDB or Redis that freezes or accepts no writes', { timeout: 240_000 }, async () => {
  const url = database()
  const lines = { postgres: await Line.to(url), mongodb: await Line.to(journal()), redis: await Line.to(redis()) }
  const env = nodeEnv({ database: lines.postgres.url, journal: lines.mongodb.url, bus: lines.redis.url })
  const server = await Server.start({ args: [], env })
  const ana = await owner(server)
  const psql = (statement) => execFileSync('psql', [process.env.TEST_POSTGRES_URL, '-qc', statement])
  const name = url.pathname.slice(1)
  // As after a failover that left the old primary as a standby.
  await outage(server, ana, {
    fault: 'Postgres accepts no writes (a standby)',
    reason: /accepts no writes/,
    breaks: () => {
      psql(`alter database ${name} set default_transaction_read_only = on`)
      psql(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}' and pid <> pg_backend_pid()`)
    },
    mends: () => psql(`alter database ${name} reset default_transaction_read_only`),
  })
  for (const [store, { reason, code, fails }] of Object.entries({
    Postgres: { reason: /"database":"down"/, code: 503, fails: false },
    MongoDB: { reason: /"journal":"down"/, code: 503, fails: false },
    Redis: { reason: /"bus":"down"/, code: 200, fails: false },
  })) {
    await outage(server, ana, { fault: `${store} does not answer`, reason, code, fails, breaks: () => lines[store.toLowerCase()].freeze(), mends: () => lines[store.toLowerCase()].thaw() })
  }
  await server.stop()
  for (const line of Object.values(lines)) line.end()
})

const HAS_LOOP = process.getuid() === 0 && existsSync('/dev/loop-control')
test('[OPS-6] G2: a disk that the kernel has made read-only', { skip: !HAS_LOOP && 'mounting an image needs root and loop devices', timeout: 120_000 }, async () => {
  const [image, disk] = [path(folder, 'image'), path(folder, 'read-only')]
  execFileSync('truncate', ['-s', '64m', image])
  execFileSync('mkfs.ext4', ['-q', image])
  mkdirSync(disk)
  const mount = () => execFileSync('mount', ['-o', 'loop,errors=remount-ro', image, disk])
  mount()
  const server = await Server.start({ args: [], data: path(disk, 'data') })
  try {
    const ana = await owner(server)
    const { body } = await ana.expect(201, 'POST', '/documents', { title: 'Plan' })
    const client = ana.open(body.id)
    await until(() => client.provider.synced, 'synced', PATIENCE)
    const [device] = execFileSync('losetup', ['-j', image], { encoding: 'utf8' }).split(':')
    writeFileSync(`/sys/fs/ext4/${device.split('/').pop()}/trigger_fs_error`, 'as a failing disk does')
    await until(async () => (await readiness(server)).code === 503, 'it says so', PATIENCE)
    client.text.insert(0, 'meanwhile; ')
    await lives(server)
    seen.set('the disk of the stores is read-only', await look(server, ana, body.id, client))
    // Only a repaired disk is writable again.
    await server.kill()
    execFileSync('umount', [disk])
    // 1: errors were corrected. Files that were written seconds before may have lost their bytes.
    assert.ok(spawnSync('fsck.ext4', ['-p', image]).status <= 1)
    mount()
    await server.restart()
    await until(() => client.provider.synced && client.provider.unsyncedChanges === 0, 'the edit is saved', PATIENCE)
    client.end()
  } finally {
    server.child.kill('SIGKILL')
    await server.exited
    execFileSync('umount', [disk])
  }
})

test('[OPS-6] the table of faults says what people see', { skip: !HAS_LOOP && 'some faults need root and loop devices' }, () => {
  const rows = [...seen].map(([fault, cells]) => [fault, ...cells])
  committed('production/README.md', 'table of faults', ['fault', '`/readyz`', 'an edit', 'a sign-in', 'a new comment'], rows)
})
