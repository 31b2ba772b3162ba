// [SAVE-12] A backup of a running instance contains everything acknowledged before, and can be restored to an instance.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join as path } from 'node:path'
import { after, before, test } from 'node:test'
import * as Y from 'yjs'
import { join, owner } from './people.mjs'
import { Server, program, until } from './server.mjs'

const run = (...args) => spawnSync(program, args, { encoding: 'utf8' })
let server, ana, folder

before(async () => {
  server = await Server.start({ args: [] })
  ana = await owner(server)
  folder = mkdtempSync(path(tmpdir(), 'consilium-backups-'))
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
  assert.deepEqual(files.sort(), ['audit.key', 'backup.json', 'consilium.db', 'journal.db'])
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

test('a damaged, foreign or unfinished backup is refused, and nothing is written', async () => {
  const target = path(folder, 'tuesday')
  assert.equal(run('backup', target, '--data', server.data).status, 0)
  const data = path(folder, 'nowhere')
  const refuse = (reason) => {
    const { status, stderr } = run('restore', target, '--data', data)
    assert.notEqual(status, 0)
    assert.match(stderr, reason)
    assert.ok(!existsSync(path(data, 'consilium.db')) && !existsSync(path(data, 'journal.db')))
  }
  const journal = readFileSync(path(target, 'journal.db'))
  const bent = Buffer.from(journal)
  bent[bent.length >> 1] ^= 1
  writeFileSync(path(target, 'journal.db'), bent)
  refuse(/journal.db is not what was backed up/)
  writeFileSync(path(target, 'journal.db'), journal)
  const manifest = readFileSync(path(target, 'backup.json'), 'utf8')
  writeFileSync(path(target, 'backup.json'), manifest.replace('consilium.db', '../consilium.db'))
  refuse(/no file of a backup/)
  rmSync(path(target, 'backup.json'))
  refuse(/is no backup/)
  assert.notEqual(run('backup', path(folder, 'empty'), '--data', path(folder, 'no-instance')).status, 0)
})
