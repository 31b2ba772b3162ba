// The whole workspace out and back, with the commands of operators.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join as path } from 'node:path'
import { after, before, test } from 'node:test'
import { everything } from './everything.mjs'
import { join, newPage, owner } from './people.mjs'
import { Server, program, temporary, until } from './server.mjs'
import { database } from './stores.mjs'

const WITHIN = 60_000
const BYTES = { 'content-type': 'application/octet-stream' }
const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')
/** No version is kept automatically meanwhile. */
const QUIET = { CONSILIUM_QUIET_DOCUMENT_SECONDS: '3600' }

let folder
before(() => (folder = temporary('consilium-moves-')))
after(() => rmSync(folder, { recursive: true, force: true }))

/** The files below a folder. */
const filesOf = (within) => {
  const entries = readdirSync(within, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return Object.fromEntries(entries.map((entry) => path(entry.parentPath ?? entry.path, entry.name)).sort().map((file) => [file.slice(within.length + 1), readFileSync(file, 'latin1')]))
}
const consilium = (server, env, ...args) => {
  const done = spawnSync(program, [...args, '--data', server.data], { encoding: 'utf8', env: { ...process.env, CONSILIUM_BIN: undefined, ...QUIET, ...env } })
  assert.equal(done.status, 0, `${args.join(' ')}: ${done.stdout}${done.stderr}`)
  return done.stdout
}
const stores = { SQLite: () => ({}), Postgres: () => { const url = database().href; return { CONSILIUM_DATABASE_URL: url, CONSILIUM_JOURNAL_URL: url } } }

/** A new instance with the same people and groups. */
const started = async (env) => {
  const server = await Server.start({ args: [], env: { ...QUIET, ...env } })
  const ana = await owner(server)
  const [ben, vera] = [await join(ana, 'manager', 'Ben'), await join(ana, 'viewer', 'Vera')]
  const { group_id } = (await ana.expect(201, 'POST', '/groups', { name: 'Board' })).body
  return { server, ana, ben, vera, group: group_id }
}

/** A workspace with everything that an export keeps. */
const fill = async ({ ana, ben, vera, group }) => {
  const strategy = (await ana.expect(201, 'POST', '/spaces', { name: 'Strategy / 2027', icon: '🧭', description: 'Where we go', open_level: 'edit' })).body.id
  const closed = (await ana.expect(201, 'POST', '/spaces', { name: 'Closed' })).body.id
  await ana.expect(201, 'POST', '/spaces', { name: 'Empty', open_level: 'view' })
  await ana.expect(204, 'PUT', `/spaces/${closed}/members/${ben.id}`, { level: 'edit' })
  await ana.expect(204, 'PUT', `/spaces/${closed}/groups/${group}`, { level: 'view' })
  const top = await newPage(ana, { title: 'Top: "all"', space: strategy, tags: ['x', 'y z'], icon: '🧭', kind: 'strategy_plan', category: 'Plans', description: 'About\nnothing' })
  const below = await newPage(ben, { title: 'Below', parent: top.id, tags: ['x'] }, '# Below\n\nWe grow in the north and stay in the south.\n')
  await newPage(ana, { title: 'Beside', parent: top.id, inherits: false, sensitivity: 'confidential' }, 'Plain.\n')
  const last = await newPage(ana, { title: 'Archived', space: strategy, open_level: 'view' }, 'Old.\n')
  await ana.expect(204, 'POST', `/documents/${last.id}/status`, { status: 'archived' })
  await newPage(ben, { title: 'Board only', space: closed }, `To [x](</documents/${below.id}> "Page").\n`)
  await newPage(ben, { title: 'Notes of Ben' }, 'Mine.\n')
  const write = async (by, id, body, type = 'text/markdown') => {
    const { etag } = await by.expect(200, 'GET', `/documents/${id}/content`)
    await by.expect(204, 'PUT', `/documents/${id}/content`, body, { 'if-match': etag, 'content-type': type })
  }
  // Files, in the text and beside it, with versions.
  const attach = async (by, name, bytes, in_text) => (await by.expect(201, 'POST', `/documents/${top.id}/attachments?name=${encodeURIComponent(name)}&in_text=${in_text}`, bytes, BYTES)).body.id
  const picture = await attach(ana, 'a b.png', PNG, true)
  const numbers = await attach(ben, 'numbers.csv', Buffer.from('a,b\n'), false)
  await ben.expect(201, 'POST', `/documents/${top.id}/attachments/${numbers}/versions?name=numbers%202.csv`, Buffer.from('a,b\n1,2\n'), BYTES)
  await attach(ben, 'beside.txt', Buffer.from('Beside the text\n'), false)
  // Versions of a text.
  await ana.expect(201, 'POST', `/documents/${below.id}/revisions`, { name: 'First' })
  await write(ana, below.id, '# Below\n\nWe grow in the north and leave the south.\n\nGone soon.\n')
  await ben.expect(201, 'POST', `/documents/${below.id}/revisions`, { name: 'Second: "leave"' })
  await write(ana, top.id, JSON.stringify(everything({ picture, numbers, page: below.id })), 'application/json')
  await ana.expect(201, 'POST', `/documents/${top.id}/revisions`, { name: 'With a picture' })
  // Threads: open, resolved, about words that are gone, about the page; a suggestion; a removed comment.
  const text = (await ana.expect(200, 'GET', `/documents/${below.id}/content?format=text`)).body
  const begin = async (by, quote, more) => {
    const from = text.indexOf(quote)
    return (await by.expect(201, 'POST', `/documents/${below.id}/threads`, { passage: { from, to: from + quote.length }, ...more })).body
  }
  const open = await begin(vera, 'north', { body: 'Why?' })
  const reply = (await ben.expect(201, 'POST', `/documents/${below.id}/threads/${open.thread_id}/comments`, { body: 'Ask @Ana', mentions: [{ kind: 'account', id: ana.id }, { kind: 'group', id: group }] })).body
  await vera.expect(204, 'PUT', `/documents/${below.id}/comments/${reply.comment_id}/reactions/${encodeURIComponent('👍')}`)
  const decided = await begin(ana, 'leave', { body: 'Leave or stay?' })
  await ben.expect(200, 'POST', `/documents/${below.id}/threads/${decided.thread_id}/resolve`, { outcome: 'decided', note: 'We leave.' })
  await begin(ben, 'Gone', { body: 'This goes' })
  await begin(ben, 'south', { body: '', replacement: 'east' })
  const removed = (await ben.expect(201, 'POST', `/documents/${below.id}/threads/${open.thread_id}/comments`, { body: 'Sorry' })).body
  await ben.expect(204, 'DELETE', `/documents/${below.id}/comments/${removed.comment_id}`)
  await ana.expect(201, 'POST', `/documents/${last.id}/threads`, { body: 'About the page' })
  await ben.expect(201, 'POST', `/documents/${top.id}/threads`, { body: 'About the picture', media: { attachment: picture } })
  await write(ana, below.id, '# Below\n\nWe grow in the north and leave the south.\n')
  // Suggestions of other kinds: one open, with its place found again, and one rejected.
  const beside = await newPage(ben, { title: 'Discussed', space: closed }, '# Plan\n\nWe meet on Monday at noon.\n\nBring a friend.\n\nThe end comes soon.\n')
  const plan = '# Plan\n\nWe meet on Monday at noon.\n\nBring a friend.\n\nThe end comes soon.\n'
  const proposed = []
  for (const [from, to] of [['# Plan', '## Plan'], ['Monday', 'Tuesday'], ['friend', 'colleague']]) {
    const { items } = (await ben.expect(201, 'POST', `/documents/${beside.id}/suggestions`, plan.replace(from, to), { 'content-type': 'text/markdown' })).body
    proposed.push(...items)
  }
  assert.equal(proposed.length, 3, JSON.stringify(proposed))
  await ana.expect(200, 'POST', `/documents/${beside.id}/suggestions/${proposed[0].id}/reject`, { note: 'It is the title.' })
  await until(async () => {
    const { items } = (await ana.expect(200, 'GET', `/documents/${below.id}/threads`)).body
    return items.some(({ passage }) => passage?.is_orphan)
  }, 'the words are gone', WITHIN)
  return { below, beside }
}

for (const [engine, store] of Object.entries(stores)) {
  test(`[OUT-6] a workspace is exported, imported into an empty one and exported again with the same bytes, on ${engine}`, async () => {
    const [out, back] = [path(folder, `${engine}-out`), path(folder, `${engine}-back`)]
    const [here, there] = [store(), store()]
    const source = await started(here)
    try {
      const { below, beside } = await fill(source)
      // The server runs, and carries it out.
      assert.match(consilium(source.server, here, 'export', out), /^7 pages are in /)
      const files = filesOf(out)
      const target = await started(there)
      try {
        target.server.child.kill('SIGTERM')
        await target.server.exited
        // None runs: the command does it.
        assert.equal(consilium(target.server, there, 'import', '--from', 'consilium', out), '7 pages were imported.\n')
        consilium(target.server, there, 'export', back)
        const again = filesOf(back)
        assert.deepEqual(Object.keys(again), Object.keys(files))
        for (const [name, content] of Object.entries(files)) assert.equal(again[name], content, name)
        await target.server.restart()
        const { ana, ben, vera } = target
        const { items } = (await ana.expect(200, 'GET', `/documents/${below.id}/threads`)).body
        assert.deepEqual(items.map(({ comments }) => comments[0].author.id), [vera.id, ana.id, ben.id, ben.id])
        assert.deepEqual([items[1].state, items[1].outcome, items[1].decided_by], ['resolved', 'decided', { id: ben.id, name: 'Ben' }])
        assert.deepEqual([items[0].passage.text, items[2].passage.is_orphan, items[2].passage.quote], ['north', true, 'Gone'])
        const { items: suggested } = (await ana.expect(200, 'GET', `/documents/${beside.id}/suggestions?state=all`)).body
        assert.deepEqual(suggested.map(({ state, author_name, decided_by_name }) => [state, author_name, decided_by_name]), [['rejected', 'Ben', 'Ana'], ['open', 'Ben', undefined], ['open', 'Ben', undefined]])
        await ana.expect(200, 'POST', `/documents/${beside.id}/suggestions/${suggested[2].id}/accept`)
        assert.match((await ana.expect(200, 'GET', `/documents/${beside.id}/content`)).body, /Bring a colleague/)
        const { items: kept } = (await ana.expect(200, 'GET', `/documents/${below.id}/revisions`)).body
        assert.deepEqual(kept.map(({ name }) => name), ['Second: "leave"', 'First'])
        const older = (await ana.expect(200, 'GET', `/documents/${below.id}/revisions/${kept[1].revision_id}/content?format=markdown`)).body
        assert.match(older, /stay in the south/)
      } finally {
        await target.server.stop()
      }
    } finally {
      await source.server.stop()
    }
  })
}

test('[IN-12] who is no member is a name; other files become pages of a space; a folder with something in it is left alone', async () => {
  const source = await started({})
  const out = path(folder, 'names')
  try {
    const { below } = await fill(source)
    consilium(source.server, {}, 'export', out)
    const server = await Server.start({ args: [], env: QUIET })
    try {
      const zoe = await owner(server, 'Zoe')
      const said = consilium(server, {}, 'import', '--from', 'consilium', out)
      assert.match(said, /^7 pages were imported\.\nWhat could not be carried over:\n[^]*Closed: There is no such group \(Board\)/)
      const { items } = (await zoe.expect(200, 'GET', `/documents/${below.id}/threads`)).body
      assert.deepEqual(items[0].comments.map(({ author }) => [author.name, author.is_guest]), [['Vera', true], ['Ben', true], ['Ben', true]])
      assert.equal(items[1].decided_by.name, 'Ben')
      const { items: spaces } = { items: (await zoe.expect(200, 'GET', '/spaces')).body }
      assert.deepEqual(spaces.map(({ name }) => name).filter(Boolean).sort(), ['Closed', 'Empty', 'Pages of Ben', 'Strategy / 2027'])
      const refused = spawnSync(program, ['export', out, '--data', server.data], { encoding: 'utf8' })
      assert.notEqual(refused.status, 0)
      assert.match(refused.stderr, /has something in it/)
      const file = path(folder, 'One page.md')
      writeFileSync(file, 'Hello.\n')
      assert.equal(consilium(server, {}, 'import', file, '--into', 'Empty'), '1 pages were imported.\n')
      const empty = spaces.find(({ name }) => name === 'Empty')
      assert.deepEqual((await zoe.expect(200, 'GET', `/spaces/${empty.id}/pages`)).body.items.map(({ title }) => title), ['One page'])
      assert.deepEqual((await zoe.expect(200, 'GET', '/imports')).body.items, [], 'nobody finds it in the app')
    } finally {
      await server.stop()
    }
  } finally {
    await source.server.stop()
  }
})

test('an export to a full disk leaves nothing there', { skip: process.getuid() !== 0 && 'mounting needs root' }, async () => {
  const { server, ana } = await started({})
  const { id } = await newPage(ana, { title: 'Large' }, 'Words.\n')
  await ana.expect(201, 'POST', `/documents/${id}/attachments?name=large.bin&in_text=false`, Buffer.alloc(1 << 20, 'x'), BYTES)
  const disk = path(folder, 'small')
  mkdirSync(disk)
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'none', disk])
  try {
    mkdirSync(path(disk, 'empty'))
    for (const [target, stays] of [[path(disk, 'of', 'today'), false], [path(disk, 'empty'), true]]) {
      const done = spawnSync(program, ['export', target, '--data', server.data], { encoding: 'utf8', env: { ...process.env, CONSILIUM_BIN: undefined, ...QUIET } })
      assert.notEqual(done.status, 0)
      assert.match(done.stderr, /cannot be written, and nothing was left there: .*No space left/)
      assert.equal(existsSync(target), stays)
      assert.deepEqual(readdirSync(disk), ['empty'])
      assert.deepEqual(readdirSync(path(disk, 'empty')), [])
    }
  } finally {
    execFileSync('umount', [disk])
    await server.stop()
  }
})
