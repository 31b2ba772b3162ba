// Revisions: kept when typing pauses or on request, compared, restored while others type, and undone.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { join as path } from 'node:path'
import { after, before, test } from 'node:test'
import * as Y from 'yjs'
import { join, owner } from './people.mjs'
import { Server, until } from './server.mjs'

let server, ana, ben

before(async () => {
  server = await Server.start({ args: [], env: { CONSILIUM_REVISION_QUIET_SECONDS: '1' } })
  ana = await owner(server)
  ben = await join(ana, 'analyst', 'Ben')
})
after(() => server.stop())

async function newDocument(level = 'edit') {
  const { id } = (await ana.expect(201, 'POST', '/documents', { title: 'Plan' })).body
  await ana.expect(204, 'PUT', `/documents/${id}/shares/${ben.id}`, { level })
  return id
}
async function write(id, markdown, person = ana) {
  const { etag } = await person.expect(200, 'GET', `/documents/${id}/content`)
  await person.expect(204, 'PUT', `/documents/${id}/content`, markdown, { 'content-type': 'text/markdown', 'if-match': etag })
}
const textOf = async (id, format = 'text') => (await ana.expect(200, 'GET', `/documents/${id}/content?format=${format}`)).body
const list = async (id, person = ana) => (await person.expect(200, 'GET', `/documents/${id}/revisions`)).body.items
const name = async (id, name, person = ana) => (await person.expect(201, 'POST', `/documents/${id}/revisions`, { name })).body

test('[REV-1] a revision is kept when typing pauses, with its authors, word count and the hash of its state', async () => {
  const id = await newDocument()
  await write(id, 'Growth is slow in the north.\n')
  await until(async () => (await list(id)).length === 1, 'the first one is kept')
  await write(id, 'Growth is steady in the north.\n', ben)
  await until(async () => (await list(id)).length === 2, 'the second one is kept')
  const [second, first] = await list(id)
  assert.deepEqual([first.kind, first.words_added, first.words_removed, first.authors.map(({ name }) => name)], ['automatic', 6, 0, ['Ana']])
  assert.deepEqual([second.kind, second.words_added, second.words_removed, second.authors.map(({ name }) => name)], ['automatic', 1, 1, ['Ben']])
  const at = `/documents/${id}/revisions/${first.revision_id}/content`
  assert.equal((await ana.expect(200, 'GET', `${at}?format=text`)).body, 'Growth is slow in the north.')
  const response = await fetch(`${server.url}/api/v1${at}?format=state`, { headers: { cookie: ana.cookie } })
  const state = new Uint8Array(await response.arrayBuffer())
  assert.equal(createHash('sha256').update(state).digest('hex'), first.sha256)
  assert.equal(response.headers.get('etag'), `"${first.sha256}"`)
  const doc = new Y.Doc()
  Y.applyUpdate(doc, state)
  assert.equal(doc.getXmlFragment('default').toString(), '<paragraph>Growth is slow in the north.</paragraph>')
  // Nobody typed, so nothing is kept.
  await new Promise((later) => setTimeout(later, 3_000))
  assert.equal((await list(id)).length, 2)
})

test('[REV-1] a due revision is kept even after a crash of the server, without anybody opening the document', async () => {
  const id = await newDocument()
  await write(id, 'Written before the end.\n')
  await until(async () => (await ana.expect(200, 'GET', '/jobs')).body.some(({ kind }) => kind === 'keep-revision'), 'it is asked for')
  await server.kill()
  await server.restart()
  await until(async () => (await list(id)).length === 1, 'it is kept', 60_000)
  const [{ kind, words_added, authors }] = await list(id)
  assert.deepEqual([kind, words_added, authors.map(({ name }) => name)], ['automatic', 4, ['Ana']])
})

test('[REV-2] two revisions are compared, by blocks and words', async () => {
  const id = await newDocument()
  await write(id, '# Plan\n\nGrowth is slow.\n\n- one\n- two\n')
  const first = await name(id, 'As sent to the board')
  await write(id, '# Plan\n\nGrowth is **steady**.\n\n- one\n- two\n- three\n')
  const second = await name(id, 'After the meeting')
  const between = `/documents/${id}/changes?from=${first.revision_id}&to=${second.revision_id}`
  const { body } = await ben.expect(200, 'GET', between)
  assert.deepEqual([body.words_added, body.words_removed], [2, 1])
  assert.deepEqual(body.changes.map(({ kind }) => kind), ['same', 'words', 'within'])
  assert.equal((await ben.expect(200, 'GET', `${between}&format=html`)).body,
    '<h1>Plan</h1><p>Growth is <del>slow</del><ins><strong>steady</strong></ins>.</p><ul><li><p>one</p></li><li><p>two</p></li><li><p><ins>three</ins></p></li></ul>')
  const now = (await ben.expect(200, 'GET', `/documents/${id}/changes?from=${second.revision_id}`)).body
  assert.deepEqual([now.words_added, now.words_removed], [0, 0])
  const all = (await ben.expect(200, 'GET', `/documents/${id}/changes`)).body
  assert.equal(all.words_added, 7)
})

test('[REV-8] [REV-9] a table is compared cell by cell, formatting is a change, and a moved block is moved; HTML says the same', async () => {
  const id = await newDocument()
  await write(id, '# Plan\n\nThe office moves in June.\n\nOne thing stays.\n\nAnother stays too.\n\n| Item | Cost |\n|---|---|\n| Rent | 1000 |\n| Pay | 5000 |\n\nGrowth is fixed.\n')
  const { revision_id: from } = await name(id, 'First')
  await write(id, '## Plan\n\nOne thing stays.\n\nAnother stays too.\n\nThe office moves in June.\n\n| Item | Cost | Note |\n|---|---|---|\n| Rent | 1200 | up |\n| Pay | 5000 | same |\n\nGrowth is **fixed**.\n')
  const { body } = await ben.expect(200, 'GET', `/documents/${id}/changes?from=${from}`)
  assert.deepEqual(body.changes.map(({ kind }) => kind), ['words', 'moved_from', 'same', 'same', 'moved_to', 'within', 'words'])
  const [heading, from_, , , to, table, line] = body.changes
  assert.deepEqual([heading.attrs_before.level, heading.attrs.level], [1, 2])
  assert.deepEqual(table.columns, ['same', 'same', 'added'])
  const rent = table.changes[1].changes
  assert.deepEqual(rent.map(({ kind }) => kind), ['same', 'within', 'added'])
  assert.deepEqual(rent[1].changes[0].words.map(({ kind, text }) => [kind, text]), [['removed', '1000'], ['added', '1200']])
  assert.deepEqual(line.words.map(({ kind, text }) => [kind, text]), [['same', 'Growth is '], ['formatted', 'fixed'], ['same', '.']])
  assert.deepEqual([line.words[1].marks_before, line.words[1].marks[0].type], [[], 'bold'])
  assert.equal(from_.move, to.move)
  assert.deepEqual([body.words_added, body.words_removed], [4, 1])
  const html = (await ben.expect(200, 'GET', `/documents/${id}/changes?from=${from}&format=html`)).body
  for (const part of ['<del>1000</del><ins>1200</ins>', '<th><p><ins>Note</ins></p></th>', 'heading 1 → heading 2</small>Plan</h2>', '<strong>fixed</strong></span>', 'class="moved-to" data-move="1"']) assert.ok(html.includes(part), `${part} in ${html}`)
  const sides = (await ben.expect(200, 'GET', `/documents/${id}/changes?from=${from}&format=html&view=sides`)).body
  assert.equal(sides.match(/class="pair/g).length, 7)
  assert.ok(/<div class="side before">[^]*1000[^]*<div class="side after">[^]*1200/.test(sides))
})

test('[REV-10] a comparison says who made each change, and when', async () => {
  const id = await newDocument()
  await write(id, 'Growth is slow in the north.\n\nWe hire people in Oslo.\n')
  const { revision_id: from } = await name(id, 'First')
  const began = Date.now()
  await write(id, 'Growth is in the north.\n\nWe hire people in Oslo.\n', ben)
  await write(id, 'Growth is in the north.\n\nWe hire three people in Oslo.\n')
  const between = `/documents/${id}/changes?from=${from}`
  const { body } = await ben.expect(200, 'GET', `${between}&authors=true`)
  const words = body.changes.flatMap(({ words = [] }) => words).filter(({ kind }) => kind !== 'same')
  assert.deepEqual(words.map(({ kind, text, by }) => [kind, text.trim(), by?.name]), [['removed', 'slow', 'Ben'], ['added', 'three', 'Ana']])
  for (const { first_at, last_at } of words) for (const at of [first_at, last_at]) assert.ok(Date.parse(at) >= began - 1_000 && Date.parse(at) <= Date.now() + 1_000)
  assert.equal(body.only, undefined)
  const html = (await ben.expect(200, 'GET', `${between}&authors=true&format=html&view=blocks`)).body
  assert.ok(html.includes(`<del data-by="${ben.id}" data-by-name="Ben"`), html)
  assert.ok(html.startsWith('<div class="block changed" data-block="0">'), html)
  assert.ok(!JSON.stringify((await ben.expect(200, 'GET', between)).body).includes('"by"'), 'only when it is asked for')
  // If only one person wrote, all changes are theirs, also formats.
  const { revision_id: second } = await name(id, 'Second')
  await write(id, 'Growth is in the **north**.\n\nWe hire three people in Oslo.\n', ben)
  const only = (await ana.expect(200, 'GET', `/documents/${id}/changes?from=${second}&authors=true`)).body
  assert.equal(only.only.by.name, 'Ben')
  // Backwards, nobody is named: an insertion is what somebody deleted.
  const back = (await ana.expect(200, 'GET', `/documents/${id}/changes?from=${second}&to=${from}&authors=true`)).body
  assert.ok(!JSON.stringify(back).includes('"by"'))
})

test('[REV-3] viewers can read revisions, editors can keep and restore them, and nobody can read those of another document', async () => {
  const id = await newDocument('view')
  await write(id, 'One.\n')
  const { revision_id: revision } = await name(id, 'First')
  const other = await newDocument()
  const at = `/documents/${id}/revisions/${revision}`
  await ben.expect(200, 'GET', at)
  await ben.expect(403, 'POST', `/documents/${id}/revisions`, { name: 'Mine' })
  await ben.expect(403, 'PATCH', at, { name: 'Mine' })
  await ben.expect(403, 'POST', `${at}/restore`)
  await ben.expect(403, 'DELETE', at)
  for (const rest of ['', '/content']) await ana.expect(404, 'GET', `/documents/${other}/revisions/${revision}${rest}`)
  await ana.expect(404, 'POST', `/documents/${other}/revisions/${revision}/restore`)
  await ana.expect(404, 'GET', `/documents/${other}/changes?from=${revision}`)
  await ana.expect(204, 'PATCH', at, { name: 'The first' })
  assert.equal((await ana.expect(200, 'GET', at)).body.name, 'The first')
  await ana.expect(422, 'PATCH', at, { name: ' ' })
  await ana.expect(409, 'POST', `${at}/restore`)
  await ana.expect(409, 'POST', `${at}/undo`)
  await ana.expect(204, 'DELETE', at)
  await ana.expect(404, 'GET', `${at}/content`)
  assert.equal(await textOf(id), 'One.')
})

test('[REV-4] a restore loses nothing that two people type meanwhile, and undoing it keeps what was typed since', async () => {
  const id = await newDocument()
  await write(id, 'Growth is slow.\n\nWe hire.\n\nEnd.\n')
  const old = await name(id, 'Old')
  await write(id, 'Growth is steady and strong.\n\nWe hire three people.\n\nEnd.\n')
  const writers = [ana.open(id), ben.open(id)]
  await until(() => writers.every(({ provider }) => provider.synced), 'both are in')
  // Each types into the last line, which the restore does not touch.
  const line = ({ provider }) => provider.document.getXmlFragment('default').get(2).get(0)
  let typing = true
  const typists = writers.map(async (writer, n) => {
    let typed = 0
    for (; typing; typed++) {
      line(writer).insert(line(writer).length, 'ab'[n])
      await new Promise((next) => setTimeout(next, 3))
    }
    return typed
  })
  const restored = (await ana.expect(201, 'POST', `/documents/${id}/revisions/${old.revision_id}/restore`)).body
  assert.deepEqual([restored.kind, restored.restores], ['restored', old.revision_id])
  typing = false
  const [a, b] = await Promise.all(typists)
  const settled = () => until(async () => {
    if (writers.some(({ provider }) => provider.unsyncedChanges > 0)) return false
    const texts = writers.map(({ provider }) => provider.document.getXmlFragment('default').toString())
    return texts[0] === texts[1]
  }, 'both read the same')
  await settled()
  const lines = (await textOf(id)).split('\n')
  assert.deepEqual(lines.slice(0, 2), ['Growth is slow.', 'We hire.'])
  const kept = (await list(id)).filter(({ kind }) => kind !== 'automatic')
  assert.deepEqual(kept.map(({ kind }) => kind), ['restored', 'before-restore', 'named'])
  // Text from before the restore is in the earlier revision, text typed since is in the document.
  const then = (await ana.expect(200, 'GET', `/documents/${id}/revisions/${kept[1].revision_id}/content?format=text`)).body.split('\n')
  const count = (line, letter) => [...line.slice('End.'.length)].filter((one) => one === letter).length
  assert.deepEqual(['a', 'b'].map((letter) => count(then[2], letter) + count(lines[2], letter)), [a, b])

  // Somebody types in a restored line, and then the restore is undone.
  const first = writers[1].provider.document.getXmlFragment('default').get(0).get(0)
  first.insert(first.length, ' So far.')
  await settled()
  const undone = (await ana.expect(201, 'POST', `/documents/${id}/revisions/${restored.revision_id}/undo`)).body
  assert.equal(undone.kind, 'undone')
  await settled()
  const after = (await textOf(id)).split('\n')
  assert.deepEqual(after.slice(0, 2), ['Growth is steady and strong. So far.', 'We hire three people.'])
  assert.deepEqual([count(after[2], 'a'), count(after[2], 'b')], [a, b])
  for (const writer of writers) writer.end()
})

test('[REV-4] a restore can be undone once', async () => {
  const id = await newDocument()
  await write(id, 'One.\n')
  const old = await name(id, 'Old')
  await write(id, 'One.\n\nTwo and three.\n')
  const restored = (await ana.expect(201, 'POST', `/documents/${id}/revisions/${old.revision_id}/restore`)).body
  assert.equal(restored.can_undo, true)
  assert.equal(old.can_undo, false)
  const at = `/documents/${id}/revisions/${restored.revision_id}`
  const answers = await Promise.all([1, 2, 3].map(() => ana.call('POST', `${at}/undo`)))
  assert.equal(await textOf(id), 'One.\nTwo and three.')
  assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409, 409])
  assert.equal((await ana.expect(409, 'POST', `${at}/undo`)).body.code, 'conflict')
  assert.equal(await textOf(id), 'One.\nTwo and three.')
  assert.equal((await ana.expect(200, 'GET', at)).body.can_undo, false)
  assert.deepEqual((await list(id)).map(({ can_undo }) => can_undo).filter(Boolean), [])
})

test('[REV-12] one block is restored, the rest of the text stays, and that is undone once', async () => {
  const id = await newDocument()
  await write(id, '# Plan\n\nGrowth is slow.\n\n| a | b |\n|---|---|\n| c | d |\n\nThe end of it.\n')
  const old = await name(id, 'Old')
  await write(id, '# Plan\n\nGrowth is steady.\n\nThe end of it all.\n')
  const restore = (block, person = ana) => person.call('POST', `/documents/${id}/revisions/${old.revision_id}/blocks/${block}/restore`)
  assert.equal((await restore(0)).status, 409)
  assert.equal((await restore(7)).status, 409)
  const { status, body: restored } = await restore(2, ben)
  assert.deepEqual([status, restored.kind, restored.restored_block, restored.restores, restored.can_undo], [201, 'restored', 2, old.revision_id, true])
  assert.equal(await textOf(id), 'Plan\nGrowth is steady.\na\nb\nc\nd\nThe end of it all.')
  assert.equal((await restore(1)).status, 201)
  assert.equal(await textOf(id), 'Plan\nGrowth is slow.\na\nb\nc\nd\nThe end of it all.')
  const at = `/documents/${id}/revisions/${restored.revision_id}/undo`
  await ana.expect(201, 'POST', at)
  await ana.expect(409, 'POST', at)
  assert.equal(await textOf(id), 'Plan\nGrowth is slow.\nThe end of it all.')
})

test('[REV-13] a version says under which headings something changed, and named ones are listed by themselves', async () => {
  const id = await newDocument()
  await write(id, '# Pricing\n\nRent is due.\n\n# Team\n\nWe are three.\n\n# Risks\n\nNone so far.\n')
  await until(async () => (await list(id)).length === 1, 'the first one is kept')
  await write(id, '# Pricing\n\nRent is due soon.\n\n# Team\n\nWe are three.\n\n# Risks\n\nNone so far. Or some.\n')
  const named = await name(id, 'Second')
  assert.deepEqual([named.sections, named.words_added, named.words_removed], [['Pricing', 'Risks'], 3, 0])
  await write(id, '# Team\n\nWe are three.\n\n# Risks\n\nNone so far. Or some.\n')
  await until(async () => (await list(id)).length === 3, 'the third one is kept')
  assert.deepEqual((await list(id)).map(({ sections }) => sections), [['Pricing'], ['Pricing', 'Risks'], ['Pricing', 'Team', 'Risks']])
  const { items, next } = (await ana.expect(200, 'GET', `/documents/${id}/revisions?named=true&limit=1`)).body
  assert.deepEqual([items.map(({ name }) => name), next], [['Second'], undefined])
})

test('[REV-4] of concurrent restores one is carried out', async () => {
  for (let round = 0; round < 4; round++) {
    const id = await newDocument()
    await write(id, 'One.\n\nTwo and three.\n')
    const old = await name(id, 'Old')
    await write(id, 'Nothing.\n')
    const restore = (person) => person.call('POST', `/documents/${id}/revisions/${old.revision_id}/restore`)
    const answers = await Promise.all([restore(ana), restore(ben), restore(ana)])
    assert.equal(await textOf(id), 'One.\nTwo and three.')
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409, 409])
  }
})

test('[REV-5] a restore brings deleted text back with its formatting, and reaches everybody', async () => {
  const id = await newDocument()
  await write(id, '# Plan\n\n| a | b |\n|---|---|\n| **c** | d |\n\n- [ ] do it\n')
  const full = await name(id, 'Full')
  const markdown = await textOf(id, 'markdown')
  await write(id, '# Nothing\n')
  const open = ben.open(id)
  await until(() => open.provider.synced, 'Ben is in')
  open.provider.sendStateless(JSON.stringify({ t: 'hello', document: id }))
  await until(() => open.heard.told.length > 0, 'he is known as a page')
  await ana.expect(201, 'POST', `/documents/${id}/revisions/${full.revision_id}/restore`)
  assert.equal(await textOf(id, 'markdown'), markdown)
  await until(() => open.heard.told.some(({ t }) => t === 'revisions'), 'his page is told')
  await until(() => open.provider.document.getXmlFragment('default').toString().includes('<table>'), 'he sees the table')
  open.end()
})

test('[REV-6] the author and time of a passage are known for each character', async () => {
  const id = await newDocument()
  const began = Date.now()
  await write(id, 'Growth is slow.\n\nWe hire.\n')
  await write(id, 'Growth is not slow.\n\nWe hire.\n', ben)
  const authors = async (query = '', person = ana) => (await person.expect(200, 'GET', `/documents/${id}/authors${query}`)).body
  const said = (stretches) => stretches.map(({ quote, author }) => [quote, author?.name])
  assert.deepEqual(said(await authors()), [['Growth is ', 'Ana'], ['not ', 'Ben'], ['slow.\nWe hire.', 'Ana']])
  const [first] = await authors('?from=10&to=13')
  assert.deepEqual([first.from, first.to, first.quote, first.author.name], [10, 13, 'not', 'Ben'])
  for (const at of [first.first_at, first.last_at]) assert.ok(Date.parse(at) >= began - 1_000 && Date.parse(at) <= Date.now() + 1_000)
  // Typed over a socket, and requested by a selection in Yjs.
  const open = ben.open(id)
  await until(() => open.heard.scopes.length > 0, 'Ben is in')
  await until(() => open.provider.document.getXmlFragment('default').length === 2, 'with the text')
  const line = open.provider.document.getXmlFragment('default').get(1).get(0)
  line.insert(3, 'always ')
  await until(async () => (await textOf(id)).includes('We always hire.'), 'it is saved')
  const position = (index, assoc) => Y.relativePositionToJSON(Y.createRelativePositionFromTypeIndex(line, index, assoc))
  const passage = encodeURIComponent(JSON.stringify({ start: position(0, 0), end: position(line.length, -1) }))
  assert.deepEqual(said(await authors(`?passage=${passage}`)), [['We ', 'Ana'], ['always ', 'Ben'], ['hire.', 'Ana']])
  for (const query of ['?from=5&to=5', '?from=9&to=2', '?passage=x', '?passage=%7B%7D']) await ana.expect(422, 'GET', `/documents/${id}/authors${query}`)
  const carl = await join(ana, 'analyst', 'Carl')
  await carl.expect(404, 'GET', `/documents/${id}/authors`)
  open.end()
})

test('[REV-7] changes since the last read are listed by person, and can be compared', async () => {
  const id = await newDocument()
  await write(id, 'Growth is slow.\n')
  const unread = async (person) => (await person.expect(200, 'GET', `/documents/${id}/unread`)).body
  assert.deepEqual(await unread(ben), { changed: false, authors: [] })
  await until(async () => (await list(id)).length === 1, 'a first revision')
  await ben.expect(204, 'PUT', `/documents/${id}/reading`)
  // One's own changes are left out.
  await write(id, 'Growth is slow. We wait.\n', ben)
  assert.equal((await unread(ben)).changed, false)
  await ben.expect(204, 'PUT', `/documents/${id}/reading`)
  const carl = await join(ana, 'analyst', 'Clara')
  await ana.expect(204, 'PUT', `/documents/${id}/shares/${carl.id}`, { level: 'edit' })
  await until(async () => (await list(id)).length === 2, 'a second revision')
  await write(id, 'Growth is slow. We wait. Nobody is hired here.\n')
  await write(id, 'Growth is slow. We wait. Nobody is hired here. Or so.\n', carl)
  await write(id, 'Growth is slow. We wait. Nobody is hired. Or so.\n', carl)
  const news = await unread(ben)
  assert.deepEqual([news.changed, news.authors.map(({ name, words }) => [name, words])], [true, [['Ana', 3], ['Clara', 2]]])
  const { body } = await ben.expect(200, 'GET', `/documents/${id}/changes?from=${news.from}`)
  assert.deepEqual([body.words_added, body.words_removed], [5, 0])
  assert.equal((await unread(ana)).read_at, undefined, "each person has their own last read")
  await ben.expect(204, 'PUT', `/documents/${id}/reading`)
  assert.deepEqual((await unread(ben)).authors, [])
})

test('[SAVE-25] revisions that are too old go until none is left, and named ones and the newest of each document stay (C4)', async () => {
  // Its rows are in a file, also when those of the other tests are not.
  const own = await Server.start({ args: [], env: { CONSILIUM_DATABASE_URL: undefined } })
  const ana = await owner(own)
  const { id } = (await ana.expect(201, 'POST', '/documents', { title: 'Old' })).body
  await ana.expect(201, 'POST', `/documents/${id}/revisions`, { name: 'Kept' })
  await own.kill()
  // More than two batches of 500.
  const fill = `
import sqlite3, sys, os
rows = sqlite3.connect(sys.argv[1])
workspace, document = rows.execute("select workspace_id, document_id from document where title = 'Old'").fetchone()
for n in range(1101):
    rows.execute("insert into revision (revision_id, workspace_id, document_id, seq, sha256, state_bytes, kind, words_added, words_removed, created_at) values (?, ?, ?, ?, x'', 0, 'automatic', 0, 0, '2020-01-01T00:00:00+00:00')", (bytes(8) + n.to_bytes(8, 'big'), workspace, document, 1000 + n))
rows.commit()`
  execFileSync('python3', ['-c', fill, path(own.data, 'consilium.db')])
  own.env = { CONSILIUM_DATABASE_URL: undefined, CONSILIUM_REVISION_DAYS: '1' }
  await own.restart()
  const kinds = async () => JSON.parse(execFileSync('python3', ['-c', "import sqlite3, sys, json; print(json.dumps(sqlite3.connect(sys.argv[1], timeout=10).execute('select kind, count(*) from revision group by kind order by kind').fetchall()))", path(own.data, 'consilium.db')]))
  await until(async () => !(await kinds()).some(([kind]) => kind === 'automatic'), 'none is left', 300_000)
  assert.deepEqual(await kinds(), [['named', 1]], 'the named one, which is the newest of its document')
  await own.stop()
})
