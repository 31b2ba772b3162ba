// Imports: files from other programs become pages, all of them or none.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { zip } from './hostile_files.mjs'
import { join, owner } from './people.mjs'
import { SOURCES } from './import_sources.mjs'
import { Server, until } from './server.mjs'

const WITHIN = 120_000
const BYTES = { 'content-type': 'application/octet-stream' }
const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')
const ID = (n) => n.toString(16).padStart(32, '0')

let server, ana, ben, vera, space

before(async () => {
  server = await Server.start({ args: [], env: { CONSILIUM_IMPORT_PAGES: '300', CONSILIUM_IMPORT_DEPTH: '12', CONSILIUM_IMPORT_FILES: '400' } })
  ana = await owner(server)
  ben = await join(ana, 'analyst', 'Ben')
  vera = await join(ana, 'viewer', 'Vera')
  space = (await ana.expect(201, 'POST', '/spaces', { name: 'Team', open_level: 'edit' })).body
})
after(() => server.stop())

/** An archive of texts and bytes. */
const packed = (files) => zip(Object.entries(files).map(([path, content]) => [path, Buffer.from(content)]))
const ENDED = ['checked', 'done', 'failed', 'cancelled', 'undone']
const ended = async (person, id, within = WITHIN) => {
  let view
  await until(async () => ENDED.includes((view = (await person.expect(200, 'GET', `/imports/${id}`)).body).state), () => `the import ends: ${JSON.stringify(view)}`, within)
  return view
}
/** Uploads files, and runs an import of them. */
const imported = async (person, files, { dry_run = false, ...wish } = {}) => {
  const { id } = (await person.expect(201, 'POST', '/imports', { space: space.id, ...wish })).body
  for (const [path, content] of Object.entries(files)) await person.expect(204, 'POST', `/imports/${id}/files?path=${encodeURIComponent(path)}`, Buffer.from(content), BYTES)
  await person.expect(202, 'POST', `/imports/${id}/start`, { dry_run })
  return ended(person, id)
}
/** The pages of the space as nested lists of titles. */
const outline = async (person, spaceId = space.id, parent = null) => {
  const query = parent ? `?parent=${parent}` : ''
  const { items } = (await person.expect(200, 'GET', `/spaces/${spaceId}/pages${query}`)).body
  const below = await Promise.all(items.map(async (page) => (page.has_children ? { [page.title]: await outline(person, spaceId, page.id) } : page.title)))
  return below
}
const textOf = async (person, id) => (await person.expect(200, 'GET', `/documents/${id}/content?format=markdown`)).body
const pageNamed = (view, title) => view.pages.find((page) => page.title === title) ?? assert.fail(`${title} in ${JSON.stringify(view.pages)}`)
const newSpace = async (name) => (await ana.expect(201, 'POST', '/spaces', { name, open_level: 'edit' })).body.id

test('[IN-1] [IN-2] [IN-5] a folder of Markdown becomes a tree: a dry run shows it and writes nothing; links, images, files, tags and dates come along', async () => {
  const own = await newSpace('Folder')
  const files = {
    'notes/Plan.md': '---\ntitle: "Plan: 2027"\ntags: [growth, "a b"]\ncreated: 2024-02-03T04:05:06Z\nupdated: 2025-02-03\nauthor: ben@example.org\n---\n\nSee [market](Plan/Market.md), [web](https://a.example/x), [gone](Nothing.md) and ![chart](img/chart.png)\n\n[numbers.csv](img/numbers.csv)\n',
    'notes/Plan/Market.md': '# Market\n\nUp to [the plan](../Plan.md#top).\n',
    'notes/Plan/10 Later.md': 'Later.\n',
    'notes/Plan/2 Soon.txt': 'Soon.\nVery.\n',
    'notes/Empty folder/Deep/Page.md': 'Deep.\n',
    'notes/img/chart.png': PNG,
    'notes/img/numbers.csv': 'a,b\n',
    'notes/img/unused.png': PNG,
    'notes/.DS_Store': 'x',
  }
  const { id } = (await ana.expect(201, 'POST', '/imports', { space: own })).body
  await ana.expect(204, 'POST', `/imports/${id}/files?path=notes.zip`, packed(files), BYTES)
  await ana.expect(202, 'POST', `/imports/${id}/start`, { dry_run: true })
  const checked = await ended(ana, id)
  assert.deepEqual([checked.state, checked.found, checked.total], ['checked', 'markdown', 7], JSON.stringify(checked))
  assert.deepEqual(checked.tree.map(({ title, depth }) => `${depth} ${title}`), ['0 Empty folder', '1 Deep', '2 Page', '0 Plan: 2027', '1 2 Soon', '1 10 Later', '1 Market'])
  assert.deepEqual(await outline(ana, own), [])
  await ana.expect(202, 'POST', `/imports/${id}/start`, {})
  const done = await ended(ana, id)
  assert.deepEqual([done.state, done.made], ['done', 7], JSON.stringify(done))
  await until(async () => (await ana.expect(200, 'GET', `/imports/${id}`)).body.files === 0, 'what was uploaded is deleted', WITHIN)
  assert.deepEqual(await outline(ana, own), [{ 'Empty folder': [{ Deep: ['Page'] }] }, { 'Plan: 2027': ['2 Soon', '10 Later', 'Market'] }])
  const plan = pageNamed(done, 'Plan: 2027')
  const { body: about } = await ana.expect(200, 'GET', `/documents/${plan.id}`)
  assert.deepEqual([about.tags, about.created_at, about.updated_at.slice(0, 10)], [['growth', 'a b'], '2024-02-03T04:05:06Z', '2025-02-03'])
  assert.deepEqual([plan.author, plan.author_name, plan.edited], [ben.id, 'ben@example.org', false])
  const text = await textOf(ana, plan.id)
  assert.match(text, /^See \[Market\]\(<\/documents\/[0-9a-f-]{36}> "Page"\), \[web\]\(<https:\/\/a\.example\/x>\), gone and(&#32;)?\n\n!\[chart\]\(<attachment:[0-9a-f-]{36}>\)\n\n!\[numbers\.csv\]\(<file:[0-9a-f-]{36}>\)\n$/)
  assert.match(await textOf(ana, pageNamed(done, 'Market').id), /^Up to \[Plan: 2027\]\(<\/documents\//)
  assert.deepEqual((await ana.expect(200, 'GET', `/documents/${plan.id}/attachments`)).body.map(({ name, media_type }) => [name, media_type]), [['chart.png', 'image/png'], ['numbers.csv', 'text/plain']])
  assert.deepEqual(done.report.map(({ file, what, where }) => [file, what, where]), [
    ['Plan.md', 'The target of a link is not among the files', 'Nothing.md'],
    ['img/unused.png', 'No page shows this file', ''],
  ])
})

test('[IN-2] an empty file is a page without words, and an empty attachment is reported', async () => {
  const own = await newSpace('Empty files')
  const view = await imported(ana, { 'notes/Later.md': '', 'notes/Now.md': 'See [numbers](numbers.csv).\n', 'notes/numbers.csv': '' }, { space: own })
  assert.equal(view.state, 'done', JSON.stringify(view))
  assert.deepEqual(await outline(ana, own), ['Later', 'Now'])
  assert.equal(await textOf(ana, pageNamed(view, 'Later').id), '')
  assert.match(await textOf(ana, pageNamed(view, 'Now').id), /See numbers/)
  assert.match(JSON.stringify(view.report), /numbers\.csv/)
})

test('[IN-4] an import needs the edit right where its pages go, and is its owner\'s alone', async () => {
  const closed = (await ana.expect(201, 'POST', '/spaces', { name: 'Closed', open_level: 'view' })).body.id
  await ben.expect(403, 'POST', '/imports', { space: closed })
  await vera.expect(403, 'POST', '/imports', {})
  const { id } = (await ben.expect(201, 'POST', '/imports', {})).body
  await ana.expect(404, 'GET', `/imports/${id}`)
  await ana.expect(404, 'POST', `/imports/${id}/files?path=a.md`, 'a', BYTES)
  for (const path of ['../a.md', 'a//b.md', '/a.md', 'a/./b', 'x'.repeat(1100)]) await ben.expect(422, 'POST', `/imports/${id}/files?path=${encodeURIComponent(path)}`, 'a', BYTES)
  await ben.expect(409, 'POST', `/imports/${id}/start`, {})
  await ben.expect(204, 'POST', `/imports/${id}/cancel`)
  await ben.expect(409, 'POST', `/imports/${id}/files?path=a.md`, 'a', BYTES)
  assert.equal((await ben.expect(200, 'GET', '/imports')).body.items[0].state, 'cancelled')
  // The right is taken away between upload and start.
  const open = await newSpace('Open for now')
  const second = (await ben.expect(201, 'POST', '/imports', { space: open })).body.id
  await ben.expect(204, 'POST', `/imports/${second}/files?path=a.md`, 'a', BYTES)
  const { etag } = await ana.expect(200, 'GET', `/spaces/${open}`)
  await ana.expect(200, 'PATCH', `/spaces/${open}`, { open_level: 'view' }, { 'if-match': etag })
  await ben.expect(403, 'POST', `/imports/${second}/start`, {})
})

test('[IN-8] an import is undone as a whole; pages that somebody edited are named, and stay or go', async () => {
  const own = await newSpace('Undone')
  const files = { 'x.zip': packed({ 'A.md': 'A', 'A/B.md': 'B', 'A/B/C.md': 'C', 'A/D.md': 'D', 'E.md': 'E' }) }
  const one = await imported(ana, files, { space: own })
  await ben.expect(404, 'POST', `/imports/${one.id}/undo`, {})
  const undone = (await ana.expect(200, 'POST', `/imports/${one.id}/undo`, {})).body
  assert.deepEqual([undone.state, undone.made], ['undone', 0])
  assert.deepEqual(await outline(ana, own), [])
  await ana.expect(409, 'POST', `/imports/${one.id}/undo`, {})

  const two = await imported(ana, files, { space: own })
  const b = pageNamed(two, 'B')
  const { etag } = await ben.expect(200, 'GET', `/documents/${b.id}/content`)
  await ben.expect(204, 'PUT', `/documents/${b.id}/content`, 'Mine now.\n', { 'if-match': etag, 'content-type': 'text/markdown' })
  await until(async () => (await ana.expect(200, 'GET', `/imports/${two.id}`)).body.pages[0].edited, 'the edit is noticed', WITHIN)
  const refused = (await ana.expect(409, 'POST', `/imports/${two.id}/undo`, {})).body
  assert.equal(refused.code, 'edited-since')
  const mine = (await ben.expect(201, 'POST', '/documents', { title: 'Below D', parent: pageNamed(two, 'D').id })).body
  await ana.expect(200, 'POST', `/imports/${two.id}/undo`, { edited: 'keep' })
  assert.deepEqual(await outline(ana, own), ['B', 'Below D'])
  assert.equal((await ben.expect(200, 'GET', `/documents/${mine.id}`)).body.title, 'Below D')
})

test('[IN-14] a file arrives in parts: an upload goes on where it was, and nothing starts before it is whole', async () => {
  const own = await newSpace('Parts')
  const { id } = (await ana.expect(201, 'POST', '/imports', { space: own })).body
  const archive = packed({ 'One.md': 'First.\n', 'Two.md': 'Second.\n', 'noise.bin': randomBytes(300_000) })
  const at = `/imports/${id}/files?path=all.zip`
  const part = (from, to, length = archive.length) => [archive.subarray(from, to), { ...BYTES, 'upload-offset': String(from), 'upload-length': String(length) }]
  const arrived = async () => (await ana.expect(200, 'GET', at)).body
  assert.deepEqual(await arrived(), { offset: 0, bytes: 0 })
  assert.equal((await ana.expect(409, 'POST', at, ...part(1_000, 2_000))).body.code, 'wrong-offset')
  await ana.expect(204, 'POST', at, ...part(0, 100_000))
  // Another file meanwhile, and a part whose answer was lost.
  await ana.expect(204, 'POST', `/imports/${id}/files?path=Three.md`, Buffer.from('Third.\n'), BYTES)
  assert.equal((await ana.expect(409, 'POST', at, ...part(0, 100_000))).body.code, 'wrong-offset')
  assert.deepEqual(await arrived(), { offset: 100_000, bytes: archive.length })
  await ana.expect(409, 'POST', `/imports/${id}/start`, {})
  // The size of a file is said once, and a part does not lead beyond it.
  assert.match((await ana.expect(409, 'POST', at, ...part(100_000, 200_000, archive.length + 1))).body.detail, /the same Upload-Length/)
  await ana.expect(204, 'POST', at, ...part(100_000, 200_000))
  const [rest] = part(200_000)
  await ana.expect(409, 'POST', at, Buffer.concat([rest, rest]), part(200_000)[1])
  await ana.expect(204, 'POST', at, ...part(200_000))
  assert.equal((await ana.expect(409, 'POST', at, ...part(200_000))).body.code, 'wrong-offset')
  for (const [offset, length] of [['x', '9'], ['3', '3'], ['3', undefined]]) {
    await ana.expect(422, 'POST', at, Buffer.from('x'), { ...BYTES, 'upload-offset': offset, ...(length && { 'upload-length': length }) })
  }
  assert.equal((await ana.expect(200, 'GET', `/imports/${id}`)).body.files, 2)
  await ben.expect(404, 'GET', at)
  await ana.expect(202, 'POST', `/imports/${id}/start`, {})
  const done = await ended(ana, id)
  assert.deepEqual([done.state, await outline(ana, own)], ['done', ['One', 'Three', 'Two']], JSON.stringify(done))
})

test('[FIND-1] [IN-5] what is imported is found by its words, also while somebody has it open, and so are edits of it', async () => {
  const [{ id }] = (await imported(ana, { 'zulu.md': '# Found\n\nZuluword is here.\n' })).pages
  const finds = async (word) => (await ana.expect(200, 'GET', `/search?q=${word}`)).body.items.some((item) => item.id === id)
  const open = ana.open(id)
  await until(() => finds('Zuluword'), 'its words are found')
  const { etag } = await ana.expect(200, 'GET', `/documents/${id}/content`)
  await ana.expect(204, 'PUT', `/documents/${id}/content`, 'Yankeeword came.\n', { 'content-type': 'text/markdown', 'if-match': etag })
  await until(() => finds('Yankeeword'), 'an edit is found')
  open.end()
})

test('[IN-6] an export of Notion: archives in an archive, ids in names, properties, databases, and what is not in it is said', async () => {
  const own = await newSpace('Notion')
  const [plan, tasks, row] = [ID(1), ID(2), ID(3)]
  const part = packed({
    [`Plan ${plan}.md`]: `# Plan\n\nTags: one, two\nCreated: March 1, 2026 10:05 AM\nBudget: 12\n\nText with [row](Plan%20${plan}/Tasks%20${tasks}/First%20${row}.md).\n\n![Untitled](Plan%20${plan}/Untitled.png)\n`,
    [`Plan ${plan}/Untitled.png`]: PNG,
    [`Plan ${plan}/Tasks ${tasks}.csv`]: 'Name,Done\nFirst,Yes\n"Second, too",No\n',
    [`Plan ${plan}/Tasks ${tasks}_all.csv`]: 'Name,Done\nFirst,Yes\n"Second, too",No\nThird,No\n',
    [`Plan ${plan}/Tasks ${tasks}/First ${row}.md`]: '# First\n\nDone: Yes\n',
  })
  const done = await imported(ana, { 'Export-1.zip': packed({ 'Export-1-Part-1.zip': part }) }, { space: own })
  assert.deepEqual([done.state, done.found], ['done', 'notion'], JSON.stringify(done))
  assert.deepEqual(await outline(ana, own), [{ Plan: [{ Tasks: ['First'] }] }])
  const text = await textOf(ana, pageNamed(done, 'Plan').id)
  assert.match(text, /Budget.*12[^]*Text with \[First\]\(<\/documents\/[^]*!\[Untitled\]\(<attachment:/)
  const { body: about } = await ana.expect(200, 'GET', `/documents/${pageNamed(done, 'Plan').id}`)
  assert.deepEqual([about.tags, about.created_at], [['one', 'two'], '2026-03-01T10:05:00Z'])
  assert.match(await textOf(ana, pageNamed(done, 'Tasks').id), /\| Name\s*\| Done\s*\|[^]*\[First\]\(<\/documents\/[^]*Second, too[^]*Third/)
  assert.match(done.report.map(({ what }) => what).join('\n'), /A database became a table: its views, relations/)
})

test('[IN-7] an export of Confluence: the hierarchy of its index, attachments, comments, links between pages', async () => {
  const own = await newSpace('Confluence')
  const page = (title, body, more = '') => `<html><head><title>Team : ${title}</title></head><body><h1 id="title-heading"><span id="title-text"> Team : ${title} </span></h1><div class="page-metadata">Created by <span class="author"> Bo</span> on Mar 10, 2026</div><div id="main-content" class="wiki-content group">${body}</div>${more}</body></html>`
  const done = await imported(ana, {
    'Confluence-export.zip': packed({
      'TEAM/index.html': '<html><body><h2>Available Pages:</h2><ul><li><a href="Zoo_1.html">Zoo</a><ul><li><a href="Ape_2.html">Ape</a></li></ul></li><li><a href="Bee_3.html">Bee</a></li></ul></body></html>',
      'TEAM/styles/site.css': 'p {}',
      'TEAM/Zoo_1.html': page('Zoo', '<p>About <a href="Bee_3.html">bees</a> and <a href="attachments/1/9.pdf">the report</a> here</p><p><img src="attachments/1/8.png"></p>', '<h2 id="comments">Comments:</h2><table><tr><td><font class="smallfont"><p>Nice <b>zoo</b></p></font><div class="smallfont">&#8194;Posted by bo at Mar 11, 2026 14:05</div></td></tr></table>'),
      'TEAM/Ape_2.html': page('Ape', '<div class="confluence-information-macro"><p>Mind the ape</p></div>'),
      'TEAM/Bee_3.html': page('Bee', '<p>Bee</p>'),
      'TEAM/attachments/1/9.pdf': '%PDF-1.4 x',
      'TEAM/attachments/1/8.png': PNG,
    }),
  }, { space: own })
  assert.deepEqual([done.state, done.found], ['done', 'confluence'], JSON.stringify(done))
  assert.deepEqual(await outline(ana, own), [{ Zoo: ['Ape'] }, 'Bee'])
  const zoo = pageNamed(done, 'Zoo')
  assert.match(await textOf(ana, zoo.id), /^About \[Bee\]\(<\/documents\/[^]*here\n\n!\[the report\]\(<file:[^]*!\[\]\(<attachment:/)
  await until(async () => (await ana.expect(200, 'GET', `/documents/${zoo.id}/threads`)).body.items.length === 1, 'the comment is there', WITHIN)
  const [thread] = (await ana.expect(200, 'GET', `/documents/${zoo.id}/threads`)).body.items
  assert.equal(thread.comments[0].body, 'bo, 11 March 2026:\nNice zoo')
  assert.deepEqual([zoo.author, zoo.author_name], [null, 'Bo'])
  assert.deepEqual(done.report, [])
  assert.match(await textOf(ana, pageNamed(done, 'Ape').id), /^> \[!NOTE\]\n> Mind the ape\n$/)
})

test('[IN-9] a hostile archive is refused with a code and a sentence, and nothing is left of it', async () => {
  const own = await newSpace('Hostile')
  const python = (script) => execFileSync('python3', ['-c', `import io,sys,zipfile\nb=io.BytesIO()\nz=zipfile.ZipFile(b,'w',zipfile.ZIP_DEFLATED)\n${script}\nz.close()\nsys.stdout.buffer.write(b.getvalue())`], { maxBuffer: 64 << 20 })
  const encrypted = packed({ 'a.md': 'secret' })
  for (const [at, signature] of [[6, 'PK\x03\x04'], [8, 'PK\x01\x02']]) encrypted[encrypted.indexOf(signature, 0, 'latin1') + at] |= 1
  const cases = {
    'archive-broken': [Buffer.from('PK\x03\x04 and nothing more'), packed({ 'a.md': 'a' }).subarray(0, -30), Buffer.from('no archive')],
    'archive-encrypted': [encrypted],
    'archive-unsafe-path': [packed({ '../../a.md': 'a' }), packed({ '/etc/a.md': 'a' }), packed({ 'C:/a.md': 'a' }), packed({ 'a/..\\..\\b.md': 'a' }), packed({ 'a//b.md': 'a' })],
    'archive-link': [python("i=zipfile.ZipInfo('a.md')\ni.external_attr=0o120777<<16\nz.writestr(i,'/etc/passwd')")],
    'archive-long-name': [packed({ [`${'x'.repeat(1100)}.md`]: 'a' })],
    'archive-too-deep': [packed({ [`${'a/'.repeat(20)}b.md`]: 'a' })],
    'archive-too-many-files': [python("for n in range(500): z.writestr(f'{n}.md','a')")],
    'archive-too-large': [python("z.writestr('a.md', b'x'*(40<<20))"), packed({ 'a.zip': python("z.writestr('a.md', b'x'*(40<<20))") })],
    'too-many-pages': [python("for n in range(350): z.writestr(f'{n}.md','a')")],
    'nothing-to-import': [packed({ 'a.png': PNG }), packed({})],
  }
  for (const [code, archives] of Object.entries(cases)) {
    for (const archive of archives) {
      const view = await imported(ana, { 'x.zip': archive }, { space: own })
      assert.deepEqual([view.state, view.code], ['failed', code], JSON.stringify(view))
      assert.ok(view.detail.length > 10 && !view.detail.includes('\n'))
    }
  }
  // Archives within archives, except those of Notion, are ordinary files; pages with invalid content become pages.
  const inner = await imported(ana, { 'x.zip': packed({ 'a.md': 'A', 'b.zip': packed({ 'c.zip': packed({ 'd.md': 'D' }) }) }) }, { space: own })
  assert.deepEqual([inner.state, inner.made, inner.report.map(({ what }) => what)], ['done', 1, ['No page shows this file']], JSON.stringify(inner))
  await ana.expect(200, 'POST', `/imports/${inner.id}/undo`, {})
  const odd = await imported(ana, { 'x.zip': packed({ 'a.md': Buffer.from([0xff, 0xfe, 0]), 'b.html': `<p>b${'<ul><li>'.repeat(20_000)}deep`, 'c.html': '<script>alert(1)</script><img src=x onerror=alert(1)>', 'd.docx': 'no word', 'e.md': '# ' }) }, { space: own })
  assert.equal(odd.state, 'done', JSON.stringify(odd))
  assert.ok(odd.report.some(({ file, what }) => file === 'a.md' && /could not be read.*UTF-8/.test(what)), JSON.stringify(odd.report))
  assert.doesNotMatch(await textOf(ana, odd.pages.find(({ title }) => title === 'c').id), /alert/)
  assert.deepEqual(readdirSync(`${server.data}/incoming`), [])
})

test('[IN-1] a killed server leaves no page of an import; the next start begins it again, and a cancel ends it', async () => {
  const own = await Server.start({ args: [] })
  try {
    const zoe = await owner(own, 'Zoe')
    const mine = (await zoe.expect(201, 'POST', '/spaces', { name: 'Killed' })).body.id
    const many = packed(Object.fromEntries(Array.from({ length: 400 }, (_, n) => [`${n}.html`, `<p>Page ${n}</p>`])))
    const begin = async () => {
      const { id } = (await zoe.expect(201, 'POST', '/imports', { space: mine })).body
      await zoe.expect(204, 'POST', `/imports/${id}/files?path=x.zip`, many, BYTES)
      await zoe.expect(202, 'POST', `/imports/${id}/start`, {})
      await until(async () => (await zoe.expect(200, 'GET', `/imports/${id}`)).body.done > 0, 'pages are being read', WITHIN)
      return id
    }
    const cancelled = await begin()
    await zoe.expect(204, 'POST', `/imports/${cancelled}/cancel`)
    assert.equal((await ended(zoe, cancelled)).state, 'cancelled')
    const killed = await begin()
    await own.kill()
    await own.restart()
    zoe.server = own
    assert.deepEqual(await outline(zoe, mine), [])
    const done = await ended(zoe, killed)
    assert.deepEqual([done.state, done.made], ['done', 400])
  } finally {
    await own.stop()
  }
})

test('[IN-5] a page that was imported a moment ago is printed with its pictures', async () => {
  const own = await newSpace('Pictures')
  const names = Array.from({ length: 16 }, (_, n) => `${n}.png`)
  const colours = execFileSync('python3', ['-c', String.raw`
import base64, json, struct, sys, zlib
chunk = lambda kind, data: struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
png = lambda n: b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', 64, 64, 8, 2, 0, 0, 0)) + chunk(b'IDAT', zlib.compress(b''.join(b'\0' + bytes((n, y, 9)) * 64 for y in range(64)))) + chunk(b'IEND', b'')
print(json.dumps([base64.b64encode(png(n)).decode() for n in range(${names.length})]))`], { encoding: 'utf8' })
  const pictures = Object.fromEntries(JSON.parse(colours).map((bytes, n) => [names[n], Buffer.from(bytes, 'base64')]))
  const done = await imported(ana, { 'x.zip': packed({ 'Page.md': names.map((name) => `![${name}](${name})\n\n`).join(''), ...pictures }) }, { space: own })
  const answer = await fetch(`${server.url}/api/v1/documents/${pageNamed(done, 'Page').id}/export?format=docx`, { headers: { cookie: ana.cookie } })
  const listed = execFileSync('python3', ['-c', 'import io,sys,zipfile\nprint("\\n".join(zipfile.ZipFile(io.BytesIO(sys.stdin.buffer.read())).namelist()))'], { input: Buffer.from(await answer.arrayBuffer()), encoding: 'utf8' })
  assert.equal(listed.split('\n').filter((name) => name.startsWith('word/media/')).length, names.length, listed)
})

test('[IN-11] others write while the rows of many pages are added; whenever the server is killed, all pages are there or none, each announced once', async () => {
  const own = await Server.start({ args: [] })
  try {
    const zoe = await owner(own, 'Zoe')
    const mine = (await zoe.expect(201, 'POST', '/spaces', { name: 'Many' })).body.id
    const COUNT = 600
    const many = packed(Object.fromEntries(Array.from({ length: COUNT }, (_, n) => [`${n % 40}/${n}.md`, `---\ntags: [t${n % 7}]\n---\n\nPage ${n}\n`])))
    const { id } = (await zoe.expect(201, 'POST', '/imports', { space: mine })).body
    await zoe.expect(204, 'POST', `/imports/${id}/files?path=x.zip`, many, BYTES)
    const total = COUNT + 40
    await zoe.expect(202, 'POST', `/imports/${id}/start`, {})
    const seen = async () => (await zoe.expect(200, 'GET', `/spaces/${mine}/pages?limit=200`)).body.items.length
    // Its rows are added in parts, hidden from everybody, while others write.
    const hidden = () => Number(execFileSync('python3', ['-c', "import sqlite3,sys; c=sqlite3.connect(sys.argv[1], timeout=30); print(c.execute('select count(*) from document where purging_at is not null').fetchone()[0])", `${own.data}/consilium.db`]))
    await until(() => hidden() > 0, 'some rows are there', 120_000)
    const some = hidden()
    assert.ok(some > 0 && some < total, `${some} of ${total}`)
    for (let round = 0; round < 4; round++) {
      await zoe.expect(201, 'POST', '/documents', { title: `Beside ${round}` })
      assert.ok([0, 40].includes(await seen()), 'all pages or none')
    }
    await own.kill()
    await own.restart()
    zoe.server = own
    assert.ok([0, 40].includes(await seen()), 'all pages or none')
    let view
    await until(async () => (view = (await zoe.expect(200, 'GET', `/imports/${id}`)).body).state === 'done', () => JSON.stringify(view), 120_000)
    assert.deepEqual([view.made, await seen()], [total, 40])
    const { body: tags } = await zoe.expect(200, 'GET', '/tags')
    assert.deepEqual(tags.map(({ name }) => name).sort(), Array.from({ length: 7 }, (_, n) => `t${n}`), JSON.stringify(tags))
    const announced = (await zoe.expect(200, 'GET', '/audit/export?format=ndjson')).body
    const created = String(announced).split('\n').filter((line) => line.includes('"document.create"')).map((line) => JSON.parse(line).resource_id)
    assert.deepEqual([created.length, new Set(created).size], [total + 4, total + 4])
  } finally {
    await own.stop()
  }
})

test('[IN-13] comments that came with a page are there once, even if the server is killed while they are added', async () => {
  const own = await Server.start({ args: [] })
  try {
    const zoe = await owner(own, 'Zoe')
    const mine = (await zoe.expect(201, 'POST', '/spaces', { name: 'Commented' })).body.id
    const [PAGES, THREADS] = [12, 25]
    const said = (body) => ({ author: { name: 'Old author' }, body, created_at: '2026-01-02T10:00:00Z' })
    const threads = Array.from({ length: THREADS }, (_, n) => ({ state: 'open', passage: { quote: 'words' }, comments: [said(`Comment ${n}`), said(`Reply ${n}`)] }))
    const pages = Array.from({ length: PAGES }, (_, n) => `${n}.md`)
    const { id } = (await zoe.expect(201, 'POST', '/imports', { space: mine })).body
    const archive = packed({
      'consilium.json': JSON.stringify({ pages: pages.map((path) => ({ path })) }),
      ...Object.fromEntries(pages.flatMap((path) => [[path, 'Some words.\n'], [path.replace('.md', '.comments.json'), JSON.stringify(threads)]])),
    })
    await zoe.expect(204, 'POST', `/imports/${id}/files?path=x.zip`, archive, BYTES)
    await zoe.expect(202, 'POST', `/imports/${id}/start`, {})
    const count = () => Number(execFileSync('python3', ['-c', "import sqlite3,sys; c=sqlite3.connect(sys.argv[1], timeout=30); print(c.execute('select count(*) from comment').fetchone()[0])", `${own.data}/consilium.db`]))
    for (const enough of [1, 2 * THREADS * (PAGES / 2)]) {
      await until(() => count() >= enough, 'some comments are there', 120_000)
      await own.kill()
      assert.ok(count() < 2 * THREADS * PAGES, 'not all comments are there')
      await own.restart()
      zoe.server = own
    }
    const done = await ended(zoe, id)
    assert.deepEqual([done.state, done.made, done.report], ['done', PAGES, []])
    for (const page of (await zoe.expect(200, 'GET', `/spaces/${mine}/pages?limit=200`)).body.items) {
      const bodies = (await zoe.expect(200, 'GET', `/documents/${page.id}/threads?limit=100`)).body.items.map(({ comments }) => comments.map(({ body }) => body.split('\n')[1]).join())
      assert.deepEqual(bodies.sort(), threads.map((_, n) => `Comment ${n},Reply ${n}`).sort())
    }
  } finally {
    await own.stop()
  }
})

for (const { name, files, wish = {}, found, pages, text = [], report = [] } of SOURCES) {
  test(`[IN-10] a source of the real world is read: ${name}`, async () => {
    const own = await newSpace(name)
    const done = await imported(ana, files(packed), { space: own, ...wish })
    assert.deepEqual([done.state, done.found], ['done', found], JSON.stringify(done))
    assert.deepEqual(await outline(ana, own), pages)
    for (const [title, ...wanted] of text) {
      const shown = await textOf(ana, pageNamed(done, title).id)
      for (const part of wanted) assert.match(shown, part)
    }
    for (const wanted of report) assert.ok(done.report.some(({ file, what }) => wanted.test(`${file}: ${what}`)), `${wanted} in ${JSON.stringify(done.report)}`)
    if (report.length === 0) assert.deepEqual(done.report, [])
  })
}
