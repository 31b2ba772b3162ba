// [SAVE-12] A backup of a running instance contains everything acknowledged before, and can be restored to an instance.
import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join as path } from 'node:path'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import * as Y from 'yjs'
import { join, owner } from './people.mjs'
import { Server, program, temporary, until } from './server.mjs'

const run = (...args) => spawnSync(program, args, { encoding: 'utf8', env: { ...process.env, CONSILIUM_BIN: undefined } })
let server, ana, folder

before(async () => {
  server = await Server.start({ args: [] })
  ana = await owner(server)
  folder = temporary('consilium-backups-')
})
after(async () => {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

test('a backup under load is complete; a restored instance has its people, documents and sessions', async () => {
  const documents = []
  for (let n = 0; n < 5; n++) documents.push((await ana.expect(201, 'POST', '/documents', { title: `Plan ${n}` })).body.id)
  const open = documents.map((id) => ana.open(id))
  await until(() => open.every(({ provider }) => provider.synced), 'synced')
  let typed = 0
  const typing = setInterval(() => {
    for (const { text } of open) text.insert(text.length, `${typed} `)
    typed++
  }, 5)
  await until(() => typed > 50, 'there is load')
  await until(() => open.every(({ provider }) => provider.unsyncedChanges < 3), 'something is acknowledged')
  const acknowledged = typed - 10
  const target = path(folder, 'monday')
  const made = run('backup', target, '--data', server.data)
  clearInterval(typing)
  assert.equal(made.status, 0, made.stderr)
  assert.match(made.stdout, /5 documents, each rebuilt from its log/)
  // The anchor of the audit may not be written yet.
  const files = readdirSync(target).filter((name) => name !== 'audit.anchors')
  assert.deepEqual(files.sort(), ['SHA256SUMS', 'audit.key', 'backup.json', 'consilium.db', 'journal.db'])
  for (const name of readdirSync(target)) assert.equal(statSync(path(target, name)).mode & 0o077, 0, `${name} is private`)
  for (const client of open) client.end()
  assert.notEqual(run('backup', target, '--data', server.data).status, 0, 'a folder is used once')

  const data = path(folder, 'restored')
  assert.notEqual(run('restore', target, '--data', server.data).status, 0, 'not over a running instance')
  const restored = run('restore', target, '--data', data)
  assert.equal(restored.status, 0, restored.stderr)
  assert.notEqual(run('restore', target, '--data', data).status, 0, 'not over an instance')
  const doctor = run('doctor', '--deep', '--data', data)
  assert.equal(doctor.status, 0, doctor.stdout)

  const second = await Server.start({ args: [], data })
  const cookies = new Map(ana.cookies)
  ana.server = second
  await ana.expect(200, 'GET', '/me') // the session of the first instance
  await ana.expect(200, 'POST', '/auth/sign-in', { email: 'ana@example.org', password: 'correct horse' })
  assert.equal((await ana.expect(200, 'GET', '/documents')).body.items.length, 5)
  for (const id of documents) {
    const client = ana.open(id)
    await until(() => client.provider.synced, 'synced')
    const words = client.text.toString().trim().split(' ').map(Number)
    assert.ok(words.length >= acknowledged, `${words.length} of ${acknowledged} words`)
    assert.deepEqual(words, words.map((_, n) => n), 'in order, each once')
    client.text.insert(0, 'goes on ')
    await until(() => client.provider.unsyncedChanges === 0, 'saved')
    client.end()
  }
  Object.assign(ana, { server, cookies })
  await second.stop()
})

test('[SAVE-13] after a restore, clients can bring back later edits of others', async () => {
  const kim = await join(ana, 'analyst', 'Kim')
  const { body: sheet } = await ana.expect(201, 'POST', '/documents', { title: 'Healed', open_level: 'edit' })
  const anas = ana.open(sheet.id)
  const kims = kim.open(sheet.id)
  await until(() => anas.provider.synced && kims.provider.synced, 'synced')
  anas.text.insert(0, 'backed up')
  await until(() => anas.provider.unsyncedChanges === 0, 'saved')
  const target = path(folder, 'wednesday')
  assert.equal(run('backup', target, '--data', server.data).status, 0)
  anas.text.insert(9, ', and more')
  await until(() => kims.text.toString() === 'backed up, and more', 'Kim has it')
  const held = Y.encodeStateAsUpdate(kims.provider.document)
  anas.end()
  kims.end()

  const data = path(folder, 'healed')
  assert.equal(run('restore', target, '--data', data).status, 0)
  const second = await Server.start({ args: [], data })
  kim.server = second
  const back = kim.open(sheet.id)
  await until(() => back.provider.synced, 'synced')
  assert.equal(back.text.toString(), 'backed up')
  Y.applyUpdate(back.provider.document, held)
  await until(() => back.provider.unsyncedChanges === 0, 'saved')
  const state = new Y.Doc()
  const response = await fetch(`${second.url}/api/v1/documents/${sheet.id}/state`, { headers: { cookie: kim.cookie } })
  Y.applyUpdate(state, new Uint8Array(await response.arrayBuffer()))
  assert.equal(state.getText('text').toString(), 'backed up, and more')
  // Client ids of documents created after the restore belong to their users, as usual.
  const { body: fresh } = await kim.expect(201, 'POST', '/documents', { title: 'Fresh', open_level: 'edit' })
  ana.server = second
  const [hers, forger] = [ana.open(fresh.id), kim.open(fresh.id)]
  await until(() => hers.provider.synced && forger.provider.synced, 'synced')
  hers.text.insert(0, 'Ana')
  await until(() => forger.text.toString() === 'Ana', 'Kim reads')
  forger.provider.document.clientID = hers.provider.document.clientID
  const left = new Promise((resolve) => forger.provider.on('stateless', ({ payload }) => JSON.parse(payload).t === 'left-out' && resolve(JSON.parse(payload).code)))
  forger.text.insert(3, ' (forged)')
  assert.equal(await left, 'foreign-unlogged')
  for (const client of [back, hers, forger]) client.end()
  ana.server = server
  await second.stop()
})

/** A new name in the folder of the tests. */
let names = 0
const fresh = () => path(folder, `name-${names++}`)
const backUp = () => {
  const target = fresh()
  const made = run('backup', target, '--data', server.data)
  assert.equal(made.status, 0, made.stderr)
  return target
}
/** One sentence on stderr that says why, and no trace of the attempt. */
function refused({ status, stderr }, reason, ...traces) {
  assert.notEqual(status, 0)
  assert.match(stderr, reason)
  for (const trace of traces) assert.ok(!existsSync(trace), `${trace} is left behind`)
}

test('G4: a flipped byte anywhere in a backup, a foreign file and a manifest of a newer version are refused', () => {
  const target = backUp()
  const data = fresh()
  const restore = () => run('restore', target, '--data', data)
  for (const name of readdirSync(target)) {
    const whole = readFileSync(path(target, name))
    for (const at of [0, whole.length >> 1, whole.length - 1]) {
      const bent = Buffer.from(whole)
      bent[at] ^= 1
      writeFileSync(path(target, name), bent)
      refused(restore(), /is not what was backed up|is damaged|is no file of a backup|made by consilium/, data)
    }
    writeFileSync(path(target, name), whole)
  }
  const manifest = readFileSync(path(target, 'backup.json'), 'utf8')
  writeFileSync(path(target, 'backup.json'), manifest.replace('"format": 2', '"format": 9').replace(/"version": "[^"]*"/, '"version": "9.8.7"'))
  refused(restore(), /made by consilium 9\.8\.7 .* restore it with that version/, data)
  writeFileSync(path(target, 'backup.json'), manifest.replace('consilium.db', '../consilium.db'))
  refused(restore(), /backed up|no file of a backup/, data)
  rmSync(path(target, 'backup.json'))
  refused(restore(), /is no backup/, data)
  refused(run('restore', fresh(), '--data', data), /is no backup/, data)
})

test('G4: backups of earlier versions are restored, or name the version that restores them', () => {
  const target = backUp()
  const { made_at, documents, files } = JSON.parse(readFileSync(path(target, 'backup.json'), 'utf8'))
  rmSync(path(target, 'SHA256SUMS'))
  const first = { version: '0.1.0', made_at, documents, files }
  writeFileSync(path(target, 'backup.json'), JSON.stringify(first))
  const data = fresh()
  const restored = run('restore', target, '--data', data)
  assert.equal(restored.status, 0, restored.stderr)
  const dumped = files.map((file) => (file.name === 'consilium.db' ? { ...file, name: 'consilium.pgdump' } : file))
  writeFileSync(path(target, 'backup.json'), JSON.stringify({ ...first, files: dumped }))
  const other = fresh()
  refused(run('restore', target, '--data', other), /made by consilium 0\.1\.0 with pg_dump/, other)
})

test('G4: a second run, a missing parent, and what an interrupted run left are not in the way', async () => {
  const target = backUp()
  refused(run('backup', target, '--data', server.data), /exists already: .*name another/, `${target}.partial`)
  const nested = path(fresh(), 'of', 'today')
  assert.equal(run('backup', nested, '--data', server.data).status, 0, 'parents are made')
  assert.equal(statSync(path(nested, '..')).mode & 0o077, 0)

  // Killed at any moment: the name is free, and the rest is removed by the next run.
  const names = path(folder, 'killed')
  for (let n = 0; n < 6; n++) {
    const child = spawn(program, ['backup', path(names, `${n}`), '--data', server.data], { stdio: 'ignore' })
    const ended = new Promise((resolve) => child.once('exit', resolve))
    await new Promise((resolve) => setTimeout(resolve, 10 + 15 * n))
    child.kill('SIGKILL')
    await ended
    if (existsSync(path(names, `${n}`))) assert.ok(existsSync(path(names, `${n}`, 'SHA256SUMS')), 'it is complete')
    else refused(run('restore', path(names, `${n}`), '--data', fresh()), /is no backup/)
  }
  assert.equal(run('backup', path(names, 'last'), '--data', server.data).status, 0)
  assert.deepEqual(readdirSync(names).filter((name) => name.endsWith('.partial')), [])
})

test('G4: a full target and one that cannot be written get a sentence, and nothing is left', { skip: process.getuid() !== 0 && 'mounting needs root' }, () => {
  const disk = fresh()
  mkdirSync(disk)
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', disk])
  try {
    const target = path(disk, 'monday')
    refused(run('backup', target, '--data', server.data), /monday failed, and nothing of it was kept[^]*(full|space)/, target, `${target}.partial`)
    // The backup may be on media that cannot be written.
    execFileSync('mount', ['-o', 'remount,size=64m', disk])
    assert.equal(run('backup', target, '--data', server.data).status, 0, 'the next try succeeds')
    execFileSync('mount', ['-o', 'remount,ro', disk])
    refused(run('backup', path(disk, 'tuesday'), '--data', server.data), /cannot write to .*Read-only/s, path(disk, 'tuesday'))
    const data = fresh()
    const restored = run('restore', target, '--data', data)
    assert.equal(restored.status, 0, restored.stderr)
    const nowhere = path(disk, 'data')
    refused(run('restore', target, '--data', nowhere), /cannot make the data folder/, nowhere)
    // A disk that is too small for the instance.
    const small = fresh()
    mkdirSync(small)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=300k', 'none', small])
    try {
      refused(run('restore', target, '--data', path(small, 'data')), /full|space/, path(small, 'data'))
    } finally {
      execFileSync('umount', [small])
    }
  } finally {
    execFileSync('umount', [disk])
  }
})

test('G4: a target that is not empty is refused and not changed', () => {
  const target = backUp()
  const data = fresh()
  assert.equal(run('restore', target, '--data', data).status, 0)
  const before = readFileSync(path(data, 'consilium.db'))
  // As after an interruption at the very end.
  refused(run('restore', target, '--data', data), /was completely restored here already, at 20.* UTC: start the server/)
  refused(run('restore', backUp(), '--data', data), /has an instance already/)
  rmSync(path(data, 'consilium.db'))
  refused(run('restore', target, '--data', data), /journal\.db exists/, path(data, 'consilium.db'))
  assert.ok(existsSync(path(data, 'audit.key')))
  writeFileSync(path(data, 'consilium.db'), before)
  assert.equal(run('doctor', '--deep', '--data', data).status, 0)
})

test('G4: an interrupted restore cannot be served, and is repeated', async () => {
  const { body: sheet } = await ana.expect(201, 'POST', '/documents', { title: 'Long' })
  const client = ana.open(sheet.id)
  await until(() => client.provider.synced, 'synced')
  client.text.insert(0, randomBytes(3 << 20).toString('hex'))
  await until(() => client.provider.unsyncedChanges === 0, 'saved')
  client.end()
  const target = backUp()
  const data = fresh()
  // The kernel ends the process while it copies the journal, which is the only file above the limit.
  const killed = spawnSync('bash', ['-c', 'ulimit -c 0; ulimit -f 5120; exec "$@"', '-', program, 'restore', target, '--data', data])
  assert.equal(killed.signal, 'SIGXFSZ', String(killed.stderr))
  assert.ok(existsSync(path(data, 'journal.db')))
  await assert.rejects(Server.start({ args: [], data }), /a restore into this database was begun and has not finished/)
  const { status, stdout } = run('doctor', '--data', data)
  assert.notEqual(status, 0)
  assert.match(stdout, /was begun and has not finished/)
  const restored = run('restore', target, '--data', data)
  assert.equal(restored.status, 0, restored.stderr)
  assert.equal(run('doctor', '--deep', '--data', data).status, 0)
})

test('[SAVE-24] a restore that is killed at any step cannot be served, and is repeated', { timeout: 600_000 }, async () => {
  const target = backUp()
  const tables = (data) => {
    if (!existsSync(path(data, 'consilium.db'))) return 0
    return Number(execFileSync('python3', ['-c', 'import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute("select count(*) from sqlite_master").fetchone()[0])', path(data, 'consilium.db')]))
  }
  const steps = [2, 4, 7, 14, 28, 44, 80, 180]
  let written = 0
  for (const step of steps) {
    const data = fresh()
    // The kernel kills it when one of its threads syncs a file, or removes one, for the nth time.
    const calls = 'fsync,fdatasync,unlink,unlinkat'
    const killed = spawnSync('strace', ['-f', '-qq', '-o', '/dev/null', '-e', `trace=${calls}`, '-e', `inject=${calls}:signal=SIGKILL:when=${step}`, program, 'restore', target, '--data', data], { encoding: 'utf8', env: { ...process.env, CONSILIUM_BIN: undefined } })
    if (killed.status === 0) break
    assert.ok(killed.signal === 'SIGKILL' || killed.status === 137, `step ${step}: ${killed.status} ${killed.signal} ${killed.stderr}`)
    if (tables(data) > 0) {
      const refused = await Server.start({ args: [], data }).then(async (server) => (server.child.kill('SIGTERM'), await server.exited, null), (error) => error)
      if (!refused) {
        // It was killed after its last commit: all is there, and the same command says so.
        assert.match(run('restore', target, '--data', data).stderr, /was completely restored here already/, `step ${step}`)
        assert.equal(run('doctor', '--deep', '--data', data).status, 0, `step ${step}`)
        break
      }
      written++
      assert.match(refused.message, /a restore into this database was begun and has not finished/, `step ${step}`)
      assert.match(run('keys', 'rotate', '--data', data).stderr, /was begun and has not finished/, `step ${step}`)
    }
    const again = run('restore', target, '--data', data)
    assert.equal(again.status, 0, `step ${step}: ${again.stderr}`)
    const doctor = run('doctor', '--data', data)
    assert.equal(doctor.status, 0, `step ${step}: ${doctor.stdout}`)
    rmSync(data, { recursive: true })
  }
  assert.ok(written > 2, `it was killed in ${written} of its steps`)
})

test('G4: restored files belong to the owner of their folder, and only that owner can read them', { skip: process.getuid() !== 0 && 'giving files away needs root' }, async () => {
  const { body: sheet } = await ana.expect(201, 'POST', '/documents', { title: 'With a file' })
  await ana.expect(201, 'POST', `/documents/${sheet.id}/attachments?name=a.txt`, Buffer.from('a file'), { 'content-type': 'application/octet-stream' })
  const target = backUp()
  const data = fresh()
  mkdirSync(data, { mode: 0o755 })
  chownSync(data, 65534, 65534)
  assert.equal(run('restore', target, '--data', data).status, 0)
  const below = fresh()
  mkdirSync(below)
  chownSync(below, 65534, 65534)
  assert.equal(run('restore', target, '--data', path(below, 'data')).status, 0)
  for (const restored of [data, path(below, 'data')]) {
    const names = readdirSync(restored, { recursive: true })
    assert.equal(names.filter((name) => name.startsWith('files/')).length, 3, 'a workspace, a folder and the file')
    for (const name of ['.', ...names]) {
      const found = statSync(path(restored, name))
      assert.deepEqual([found.uid, found.gid, (found.mode & 0o777).toString(8)], [65534, 65534, found.isDirectory() ? '700' : '600'], name)
    }
  }
})
