// Files attached to documents: upload in one piece and in parts, download, rights, quota, signed URLs, and what is left.
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, request } from 'node:http'
import { createServer as listen } from 'node:net'
import { join as path } from 'node:path'
import { fileURLToPath } from 'node:url'
import { after, before, test } from 'node:test'
import { Person, join, owner } from './people.mjs'
import { Server, program, temporary, until } from './server.mjs'
import { hostileFiles } from './hostile_files.mjs'

const PATIENCE = 30_000
const PICTURE = readFileSync(fileURLToPath(new URL('../../docs/images/document-light-wide.png', import.meta.url)))
const BINARY = { 'content-type': 'application/octet-stream' }
const PART = { 'content-type': 'application/offset+octet-stream' }

let server, ana, ben, vera, id

const newDocument = async (person = ana) => (await person.expect(201, 'POST', '/documents', { title: 'Plan' })).body.id
const attach = async (person, document, content, name = 'a.txt', more = '') =>
  (await person.expect(201, 'POST', `/documents/${document}/attachments?name=${encodeURIComponent(name)}${more}`, Buffer.from(content), BINARY)).body
const bytesAt = async (url, headers = {}) => {
  const answer = await fetch(url, { headers })
  return { status: answer.status, headers: answer.headers, bytes: Buffer.from(await answer.arrayBuffer()) }
}
const download = (person, document, attachment, headers = {}, query = '') =>
  bytesAt(`${server.url}/api/v1/documents/${document}/attachments/${attachment}/content${query}`, { cookie: person.cookie, ...headers })
const base64 = (text) => Buffer.from(text).toString('base64')
const begin = (person, document, bytes, name, more = '') =>
  person.call('POST', `/documents/${document}/uploads`, undefined, { 'upload-length': String(bytes), 'upload-metadata': `filename ${base64(name)}${more}` })
const sendPart = (person, location, offset, content) => person.call('PATCH', location.slice('/api/v1'.length), content, { ...PART, 'upload-offset': String(offset) })
/** All files below a folder. */
const filesIn = (folder) => (existsSync(folder) ? readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => path(entry.parentPath, entry.name)) : [])

before(async () => {
  server = await Server.start({ args: [], env: { CONSILIUM_LARGEST_FILE_BYTES: String(20 << 20), CONSILIUM_WEBHOOK_NETWORKS: '["127.0.0.0/8"]' } })
  ana = await owner(server)
  ben = await join(ana, 'analyst', 'Ben')
  vera = await join(ana, 'viewer', 'Vera')
  id = await newDocument()
})
after(() => server.stop())

test('[FILE-1] who may view a document downloads its files, who may edit it attaches them, and nobody else sees them', async () => {
  const document = await newDocument()
  const file = await attach(ana, document, 'numbers', 'Zählen "neu".txt')
  assert.deepEqual([file.name, file.bytes, file.media_type, file.version, file.in_text], ['Zählen "neu".txt', 7, 'text/plain', 1, false])
  const at = `/documents/${document}/attachments`
  for (const stranger of [ben, vera]) {
    await stranger.expect(404, 'GET', at)
    await stranger.expect(404, 'POST', `${at}?name=x`, Buffer.from('x'), BINARY)
    assert.equal((await download(stranger, document, file.id)).status, 404)
  }
  await ana.expect(204, 'PUT', `/documents/${document}/shares/${vera.id}`, { level: 'view' })
  await ana.expect(204, 'PUT', `/documents/${document}/shares/${ben.id}`, { level: 'edit' })
  assert.equal((await vera.expect(200, 'GET', at)).body.length, 1)
  const got = await download(vera, document, file.id)
  assert.deepEqual([got.status, got.bytes.toString(), got.headers.get('content-disposition')], [200, 'numbers', `attachment; filename="Z_hlen _neu_.txt"; filename*=UTF-8''Z%C3%A4hlen%20%22neu%22.txt`])
  await vera.expect(403, 'POST', `${at}?name=x`, Buffer.from('x'), BINARY)
  await vera.expect(403, 'DELETE', `${at}/${file.id}`)
  const other = await attach(ben, document, 'more', 'b.txt')
  // An attachment of another document is not found under this one.
  assert.equal((await download(ana, id, file.id)).status, 404)
  await ana.expect(404, 'DELETE', `/documents/${id}/attachments/${file.id}`)
  await ben.expect(204, 'DELETE', `${at}/${other.id}`)
  assert.deepEqual((await ana.expect(200, 'GET', at)).body.map(({ name }) => name), ['Zählen "neu".txt'])
  await ana.expect(200, 'DELETE', `/documents/${document}`)
  assert.equal((await download(ana, document, file.id)).status, 410)
})

test('[FILE-1] a guest has the right of the link', async () => {
  const document = await newDocument()
  const file = await attach(ana, document, 'shared')
  const enter = async (level) => {
    const guest = new Person(server)
    const { body } = await ana.expect(201, 'POST', `/documents/${document}/links`, { level })
    await guest.expect(200, 'POST', '/links/enter', { token: body.url.split('#')[1], name: 'Mia' })
    return { guest, link: body.link_id }
  }
  const viewer = await enter('view')
  const [listed] = (await viewer.guest.expect(200, 'GET', `/documents/${document}/attachments`)).body
  assert.equal((await bytesAt(server.url + listed.url)).bytes.toString(), 'shared')
  await viewer.guest.expect(403, 'POST', `/documents/${document}/attachments?name=x`, Buffer.from('x'), BINARY)
  const editor = await enter('edit')
  await attach(editor.guest, document, 'from outside', 'c.txt')
  await ana.expect(204, 'DELETE', `/documents/${document}/links/${viewer.link}`)
  assert.equal((await bytesAt(server.url + listed.url)).status, 404, 'a signed URL ends with the right')
  assert.equal((await download(viewer.guest, document, file.id)).status, 404)
})

test('[FILE-3] ranges, conditions and HEAD', async () => {
  const content = randomBytes(300_000)
  const { id: file } = await attach(ana, id, content, 'r.bin')
  const range = (value, more) => download(ana, id, file, { range: value, ...more })
  for (const [asked, from, to] of [['bytes=0-0', 0, 1], ['bytes=100000-200000', 100_000, 200_001], ['bytes=299999-', 299_999, 300_000], ['bytes=-5', 299_995, 300_000]]) {
    const got = await range(asked)
    assert.deepEqual([got.status, got.headers.get('content-range')], [206, `bytes ${from}-${to - 1}/300000`])
    assert.ok(got.bytes.equals(content.subarray(from, to)), asked)
  }
  assert.equal((await range('bytes=300000-')).status, 416)
  const whole = await range('bytes=0-1,5-6')
  assert.ok(whole.status === 200 && whole.bytes.equals(content))
  const etag = whole.headers.get('etag')
  assert.equal(etag, `"${createHash('sha256').update(content).digest('hex')}"`)
  assert.equal((await download(ana, id, file, { 'if-none-match': etag })).status, 304)
  assert.equal((await range('bytes=0-9', { 'if-range': etag })).status, 206)
  assert.equal((await range('bytes=0-9', { 'if-range': '"other"' })).status, 200)
  const head = await fetch(`${server.url}/api/v1/documents/${id}/attachments/${file}/content`, { method: 'HEAD', headers: { cookie: ana.cookie } })
  assert.deepEqual([head.status, head.headers.get('content-length'), head.headers.get('accept-ranges')], [200, '300000', 'bytes'])
})

test('[FILE-4] the type is that of the content, and nothing that a browser runs is shown', async () => {
  const cases = [
    ['picture.png', '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', 'image/svg+xml', 'application/octet-stream'],
    ['picture.jpg', '<!doctype html><script>alert(1)</script>', 'text/html', 'application/octet-stream'],
    ['page.html', 'only words', 'text/plain', 'text/plain'],
    ['a.txt', Buffer.from('4d5a900003', 'hex'), 'application/octet-stream', 'application/octet-stream'],
    ['b.png', 'GIF89a<script>alert(1)</script>', 'image/gif', 'image/gif'],
  ]
  for (const [name, content, found, sent] of cases) {
    const file = await attach(ana, id, content, name)
    assert.equal(file.media_type, found, name)
    const { headers } = await bytesAt(server.url + file.url)
    assert.deepEqual([headers.get('content-type'), headers.get('x-content-type-options')], [sent, 'nosniff'])
    assert.match(headers.get('content-disposition'), /^attachment; /)
    assert.match(headers.get('content-security-policy'), /default-src 'none'.*sandbox/)
  }
  await ana.expect(422, 'POST', `/documents/${id}/attachments?name=empty`, Buffer.alloc(0), BINARY)
  await ana.expect(422, 'POST', `/documents/${id}/attachments?name=..`, Buffer.from('x'), BINARY)
})

test('[FILE-5] images are shown as they were decoded and written again, without what else was in the file', async () => {
  const secret = Buffer.from('taken at home')
  const chunk = Buffer.concat([Buffer.from([0, 0, 0, secret.length]), Buffer.from('tEXt'), secret, Buffer.alloc(4)])
  const picture = Buffer.concat([PICTURE.subarray(0, 33), chunk, PICTURE.subarray(33), Buffer.from('<script>alert(1)</script>')])
  const file = await attach(ana, id, picture, 'photo.png')
  assert.deepEqual([file.state, file.width, file.height], ['done', 1440, 900])
  for (const url of [file.display_url, file.thumbnail_url]) {
    const { status, headers, bytes } = await bytesAt(server.url + url)
    assert.deepEqual([status, headers.get('content-type')], [200, 'image/png'])
    assert.match(headers.get('content-disposition'), /^inline; /)
    assert.ok(!bytes.includes(secret) && !bytes.includes('<script>'))
  }
  assert.ok((await bytesAt(server.url + file.url)).bytes.equals(picture), 'the file itself is as it was')
})

test('[FILE-6] versions: earlier ones stay', async () => {
  const first = await attach(ana, id, 'first', 'plan.txt')
  const at = `/documents/${id}/attachments/${first.id}`
  const second = (await ana.expect(201, 'POST', `${at}/versions?name=plan-2.txt`, Buffer.from('second'), BINARY)).body
  assert.deepEqual([second.id, second.version], [first.id, 2])
  assert.deepEqual((await ana.expect(200, 'GET', `${at}/versions`)).body.map(({ version, name, bytes }) => [version, name, bytes]), [[2, 'plan-2.txt', 6], [1, 'plan.txt', 5]])
  assert.equal((await download(ana, id, first.id)).bytes.toString(), 'second')
  assert.equal((await download(ana, id, first.id, {}, '?version=1')).bytes.toString(), 'first')
  await ana.expect(404, 'POST', `/documents/${await newDocument()}/attachments/${first.id}/versions?name=x`, Buffer.from('x'), BINARY)
})

test('[FILE-7] an upload in parts goes on where it stopped, also after the server was killed', async () => {
  const content = randomBytes(3_000_000)
  const begun = await begin(ana, id, content.length, 'big.bin')
  assert.deepEqual([begun.status, begun.headers.get('upload-offset'), begun.headers.get('tus-resumable')], [201, '0', '1.0.0'])
  const at = begun.headers.get('location')
  const offset = async () => {
    const head = await fetch(server.url + at, { method: 'HEAD', headers: { cookie: ana.cookie } })
    return [head.status, head.headers.get('upload-offset'), head.headers.get('upload-length')]
  }
  assert.equal((await sendPart(ana, at, 0, content.subarray(0, 1_000_000))).body.offset, 1_000_000)
  assert.equal((await sendPart(ana, at, 0, content.subarray(0, 10))).body.code, 'wrong-offset')
  assert.equal((await ben.call('GET', at.slice(7))).status, 404, 'only who began it')
  // A connection that breaks in the middle: what arrived is kept.
  await new Promise((resolve) => {
    const broken = request(server.url + at, { method: 'PATCH', headers: { ...PART, cookie: ana.cookie, origin: server.url, 'upload-offset': '1000000', 'content-length': '2000000' } })
    broken.on('error', resolve)
    broken.write(content.subarray(1_000_000, 1_500_000), () => setTimeout(() => broken.destroy(new Error('cut')), 200))
  })
  await until(async () => Number((await offset())[1]) > 1_000_000, 'what arrived before the cut is kept', PATIENCE)
  await server.kill()
  await server.restart()
  const [status, arrived, length] = await offset()
  assert.deepEqual([status, length], [200, '3000000'])
  const rest = await sendPart(ana, at, Number(arrived), content.subarray(Number(arrived)))
  assert.equal(rest.body.attachment.bytes, 3_000_000)
  assert.ok((await download(ana, id, rest.body.attachment.id)).bytes.equals(content))
  // A client that did not receive the last answer asks again, and gets the same attachment.
  assert.equal((await ana.expect(200, 'GET', at.slice(7))).body.attachment.id, rest.body.attachment.id)
  assert.equal((await sendPart(ana, at, 3_000_000, Buffer.alloc(0))).body.attachment.version, 1)

  const cancelled = (await begin(ana, id, 100, 'no.bin')).headers.get('location')
  await sendPart(ana, cancelled, 0, randomBytes(50))
  assert.equal((await sendPart(ana, cancelled, 50, randomBytes(51))).body.code, 'file-too-large')
  await ana.expect(204, 'DELETE', cancelled.slice(7))
  await ana.expect(404, 'GET', cancelled.slice(7))
})

test('[FILE-8] a broken upload leaves no bytes, nor does one that a kill -9 interrupts', async () => {
  const data = server.data
  const before = filesIn(path(data, 'files')).length
  const mark = randomBytes(32)
  const cut = () => new Promise((resolve) => {
    const broken = request(`${server.url}/api/v1/documents/${id}/attachments?name=cut.bin`, { method: 'POST', headers: { ...BINARY, cookie: ana.cookie, origin: server.url, 'content-length': '5000000' } })
    broken.on('error', resolve)
    broken.write(Buffer.concat([mark, randomBytes(1_000_000)]), () => resolve(broken))
  })
  const broken = await cut()
  await until(() => filesIn(path(data, 'incoming')).some((file) => (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 500_000), 'it is arriving', PATIENCE)
  broken.destroy()
  await until(() => filesIn(path(data, 'incoming')).length === 0, 'it is gone', PATIENCE)
  await cut()
  await until(() => filesIn(path(data, 'incoming')).some((file) => (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 500_000), 'it is arriving', PATIENCE)
  await server.kill()
  assert.ok(filesIn(path(data, 'incoming')).length > 0, 'the kill left it')
  await server.restart()
  assert.deepEqual(filesIn(path(data, 'incoming')), [])
  assert.equal(filesIn(path(data, 'files')).length, before)
})

test('[FILE-9] limits: the size of a file and the room of a workspace', async () => {
  const large = Buffer.alloc((20 << 20) + 1)
  const refused = await ana.call('POST', `/documents/${id}/attachments?name=large`, large, BINARY)
  assert.deepEqual([refused.status, refused.body.code], [413, 'file-too-large'])
  assert.equal((await begin(ana, id, large.length, 'large')).body.code, 'file-too-large')
  const small = await Server.start({ args: [], env: { CONSILIUM_WORKSPACE_FILES_BYTES: '1000000' } })
  const eva = await owner(small, 'Eva')
  const document = (await eva.expect(201, 'POST', '/documents', { title: 'Plan' })).body.id
  const content = randomBytes(600_000)
  await attach(eva, document, content, 'a.bin')
  await attach(eva, document, content, 'the same content takes no room.bin')
  assert.equal((await eva.call('POST', `/documents/${document}/attachments?name=b`, randomBytes(600_000), BINARY)).body.code, 'quota-exceeded')
  assert.equal((await begin(eva, document, 600_000, 'b')).body.code, 'quota-exceeded')
  const begun = await begin(eva, document, 300_000, 'c')
  assert.equal(begun.status, 201)
  assert.equal((await eva.call('POST', `/documents/${document}/attachments?name=d`, randomBytes(200_000), BINARY)).body.code, 'quota-exceeded', 'what has begun takes room')
  await eva.expect(204, 'DELETE', begun.headers.get('location').slice(7))
  await attach(eva, document, randomBytes(200_000), 'd')
  await until(() => filesIn(path(small.data, 'files')).length === 2, 'refused files leave no bytes', PATIENCE)
  await small.stop()
})

test('[FILE-10] a signed URL is for one person, and ends', async () => {
  const document = await newDocument()
  await ana.expect(204, 'PUT', `/documents/${document}/shares/${vera.id}`, { level: 'view' })
  await attach(ana, document, 'signed')
  const [{ url, urls_until }] = (await vera.expect(200, 'GET', `/documents/${document}/attachments`)).body
  const minutes = (Date.parse(urls_until) - Date.now()) / 60_000
  assert.ok(minutes > 4.9 && minutes < 6.1, `${minutes}`)
  assert.equal((await bytesAt(server.url + url)).bytes.toString(), 'signed')
  assert.equal((await bytesAt(`${server.url}${url.slice(0, -1)}${url.endsWith('0') ? '1' : '0'}`)).status, 404)
  await ana.expect(204, 'DELETE', `/documents/${document}/shares/${vera.id}`)
  assert.equal((await bytesAt(server.url + url)).status, 404)
})

test('[FILE-11] a purge deletes the bytes, unless another document has the same content', async () => {
  const [one, two] = [await newDocument(), await newDocument()]
  const content = randomBytes(50_000)
  const hash = createHash('sha256').update(content).digest('hex')
  const kept = () => filesIn(path(server.data, 'files')).filter((file) => file.includes(hash)).length
  await attach(ana, one, content)
  const again = await attach(ana, two, content)
  assert.equal(kept(), 1, 'stored once')
  await ana.expect(200, 'DELETE', `/documents/${one}`)
  await ana.expect(204, 'POST', `/documents/${one}/purge`)
  assert.ok((await download(ana, two, again.id)).bytes.equals(content))
  await ana.expect(200, 'DELETE', `/documents/${two}`)
  await ana.expect(204, 'POST', `/documents/${two}/purge`)
  await until(() => kept() === 0, 'the bytes are gone', PATIENCE)
})

test('[FILE-12] a file of text or HTML becomes a document, and one of another type does not', async () => {
  const made = (await ana.expect(201, 'POST', '/documents/upload?name=growth.md', Buffer.from('# Growth\n\nIs **slow**.'), BINARY)).body
  assert.equal(made.title, 'Growth')
  assert.equal((await ana.expect(200, 'GET', `/documents/${made.id}/content`)).body, '# Growth\n\nIs **slow**.\n')
  const plain = (await ana.expect(201, 'POST', '/documents/upload?name=notes.txt', Buffer.from('# not a heading\n\n*as it is*'), BINARY)).body
  assert.equal((await ana.expect(200, 'GET', `/documents/${plain.id}/content?format=text`)).body.trim(), '# not a heading\n*as it is*')
  const page = (await ana.expect(201, 'POST', '/documents/upload?name=page.html', Buffer.from(`<!doctype html><title>Page</title><p>One <b>two</b></p><img src="data:image/png;base64,${Buffer.from(PICTURE).toString('base64')}"><img src="gone.png"><script>alert(1)</script>`), BINARY)).body
  assert.deepEqual([page.title, page.report.map(({ what }) => what)], ['Page', ['An image is not among the files']])
  assert.match((await ana.expect(200, 'GET', `/documents/${page.id}/content`)).body, /^One \*\*two\*\*\n\n!\[\]\(<attachment:[0-9a-f-]{36}>\)\n$/)
  const count = async () => (await ana.expect(200, 'GET', '/documents?limit=200')).body.items.length
  const before = await count()
  for (const content of [PICTURE, '%PDF-1.4 x', Buffer.from('504b0304', 'hex')]) {
    assert.equal((await ana.call('POST', '/documents/upload?name=a.md', Buffer.from(content), BINARY)).body.code, 'unsupported-file-type')
  }
  await vera.expect(403, 'POST', '/documents/upload?name=a.md', Buffer.from('x'), BINARY)
  assert.equal(await count(), before)
})

test('[FILE-2] [FILE-14] encrypted files are in a backup as they are stored, and readable after a restore with the key', async () => {
  const key = 'a key for files, long enough to be one'
  const env = { CONSILIUM_FILES_KEY: key }
  const first = await Server.start({ args: [], env })
  const eva = await owner(first, 'Eva')
  const document = (await eva.expect(201, 'POST', '/documents', { title: 'Plan' })).body.id
  const content = Buffer.concat([Buffer.from('a word that is nowhere else'), randomBytes(200_000)])
  const file = await attach(eva, document, content, 'secret.bin')
  const picture = await attach(eva, document, PICTURE, 'picture.png')
  const kept = filesIn(path(first.data, 'files'))
  assert.equal(kept.length, 4, 'two files, and two images of one')
  for (const one of kept) assert.ok(!readFileSync(one).includes('a word that is nowhere else') && !readFileSync(one).includes('IHDR'), one)
  const at = (id) => bytesAt(`${first.url}/api/v1/documents/${document}/attachments/${id}/content`, { cookie: eva.cookie, range: 'bytes=65530-65540' })
  assert.ok((await at(file.id)).bytes.equals(content.subarray(65_530, 65_541)))

  const folder = temporary('consilium-files-')
  const run = (...args) => spawnSync(program, args, { encoding: 'utf8', env: { ...process.env, CONSILIUM_BIN: undefined, ...env } })
  const [backup, data] = [path(folder, 'backup'), path(folder, 'data')]
  let done = run('backup', backup, '--data', first.data)
  assert.equal(done.status, 0, done.stderr)
  assert.equal(filesIn(path(backup, 'files')).length, 4)
  assert.equal(spawnSync('sha256sum', ['--quiet', '-c', 'SHA256SUMS'], { cwd: backup }).status, 0)
  done = run('restore', backup, '--data', data)
  assert.equal(done.status, 0, done.stderr)
  done = run('doctor', '--deep', '--data', data)
  assert.match(done.stdout, /ok +files: 2 files, each as it was uploaded/)
  const second = await Server.start({ args: [], env, data })
  const again = Object.assign(new Person(second), { cookies: new Map(eva.cookies) })
  const got = await again.expect(200, 'GET', `/documents/${document}/attachments`)
  assert.ok((await bytesAt(second.url + got.body[0].url)).bytes.equals(content))
  assert.equal((await bytesAt(second.url + got.body.find(({ id }) => id === picture.id).display_url)).status, 200)
  await second.stop()

  // If a byte of a file has changed, the backup fails and says so. A backup with a changed byte is not restored.
  writeFileSync(filesIn(path(backup, 'files'))[0], 'x')
  assert.match(run('restore', backup, '--data', data).stderr, /is not what was backed up/)
  rmSync(filesIn(path(first.data, 'files'))[0])
  assert.notEqual(run('backup', path(folder, 'another'), '--data', first.data).status, 0)
  await first.stop()
  rmSync(folder, { recursive: true, force: true })
})

test('[FILE-14] [FILE-19] a backup reads encrypted files; a wrong, missing or lost key is a sentence, at a start as well', async () => {
  const env = { CONSILIUM_FILES_KEY: 'a key for files, long enough to be one' }
  const other = { CONSILIUM_FILES_KEY: 'another key for files, and long enough' }
  const first = await Server.start({ args: [], env })
  const { data } = first
  const eva = await owner(first, 'Eva')
  const document = (await eva.expect(201, 'POST', '/documents', { title: 'Plan' })).body.id
  const content = randomBytes(200_000)
  const file = await attach(eva, document, content, 'secret.bin')
  const folder = temporary('consilium-files-')
  const run = (env, ...args) => {
    const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', env: { ...process.env, CONSILIUM_BIN: undefined, ...env } })
    return { status, said: stdout + stderr }
  }
  const kept = path(folder, 'kept')
  const done = run(env, 'backup', kept, '--data', data)
  assert.equal(done.status, 0, done.said)
  const refused = (env, reason, ...args) => {
    const { status, said } = run(env, ...args)
    assert.notEqual(status, 0, args.join(' '))
    assert.match(said, reason, args.join(' '))
  }
  const [WRONG, NONE] = [/files_key is not the key with which the files are encrypted/, /there are encrypted files, and files_key is not set/]
  for (const [settings, reason] of [[other, WRONG], [{}, NONE]]) {
    const target = path(folder, 'refused')
    refused(settings, reason, 'backup', target, '--data', data)
    refused(settings, reason, 'restore', kept, '--data', target)
    assert.deepEqual(readdirSync(folder), ['kept'], 'nothing is left')
    refused(settings, reason, 'doctor', '--data', data)
  }
  // If an encrypted file has a flipped byte or an additional one, the backup fails.
  const [stored] = filesIn(path(data, 'files'))
  const whole = readFileSync(stored)
  for (const damaged of [Buffer.concat([whole, Buffer.of(0)]), whole.subarray(0, -1), Object.assign(Buffer.from(whole), { [whole.length >> 1]: whole[whole.length >> 1] ^ 1 })]) {
    writeFileSync(stored, damaged)
    refused(env, /is damaged|was changed/, 'backup', path(folder, 'damaged'), '--data', data)
    refused(env, /1 of 1 files are missing or damaged/, 'doctor', '--deep', '--data', data)
  }
  writeFileSync(stored, whole)

  await first.kill()
  for (const [settings, reason] of [[other, WRONG], [{}, NONE]]) await assert.rejects(Server.start({ args: [], env: settings, data }), reason)
  // An earlier version stored no fingerprint of the key: a stored file then shows whether the key is the right one.
  const forget = () => spawnSync('python3', ['-c', "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute(\"delete from shared_value where name = 'files-key'\"); c.commit()", path(data, 'consilium.db')])
  assert.equal(forget().status, 0)
  await assert.rejects(Server.start({ args: [], env: other, data }), WRONG)
  const again = await Server.start({ args: [], env, data })
  const back = Object.assign(new Person(again), { cookies: eva.cookies })
  assert.ok((await bytesAt(`${again.url}/api/v1/documents/${document}/attachments/${file.id}/content`, { cookie: back.cookie })).bytes.equals(content))
  refused(env, /nothing to give up/, 'files', 'give-up-key', '--data', data)
  await again.kill()

  // The key is lost for good: files that need it are lost, and everything else continues with another key.
  assert.equal(run(other, 'files', 'give-up-key', '--data', data).status, 0)
  const later = await Server.start({ args: [], env: other, data })
  const goesOn = Object.assign(new Person(later), { cookies: eva.cookies })
  const audited = (await goesOn.expect(200, 'GET', '/audit?action=files.give_up_key')).body.items
  assert.equal(audited.length, 1, 'it is audited')
  const words = Buffer.from('kept with the new key')
  const second = await attach(goesOn, document, words, 'new.txt')
  const at = (id) => bytesAt(`${later.url}/api/v1/documents/${document}/attachments/${id}/content`, { cookie: goesOn.cookie })
  assert.ok((await at(second.id)).bytes.equals(words))
  assert.notEqual((await at(file.id)).status, 200)
  const lost = run(other, 'backup', path(folder, 'lost'), '--data', data)
  assert.equal(lost.status, 0, lost.said)
  assert.match(lost.said, /1 files were copied unread: the files_key that they need was given up/)
  assert.match(run(other, 'doctor', '--deep', '--data', data).said, /ok +files: 2 files; 1 of them need a files_key that was given up/)
  assert.equal(run(other, 'restore', path(folder, 'lost'), '--data', path(folder, 'of lost')).status, 0)
  await later.stop()
})

test('[FILE-15] a virus scanner judges every upload, and without its judgement nothing is stored', async () => {
  // A stand-in that speaks the protocol of clamd.
  const scanner = listen((socket) => {
    let asked = Buffer.alloc(0)
    socket.on('data', (data) => {
      asked = Buffer.concat([asked, data])
      if (!asked.subarray(-4).equals(Buffer.alloc(4))) return
      assert.ok(asked.subarray(0, 10).equals(Buffer.from('zINSTREAM\0')))
      socket.end(asked.includes('EICAR') ? 'stream: Eicar-Signature FOUND\0' : 'stream: OK\0')
    })
    socket.on('error', () => {})
  })
  await new Promise((resolve) => scanner.listen(0, '127.0.0.1', resolve))
  const guarded = await Server.start({ args: [], env: { CONSILIUM_CLAMD: `127.0.0.1:${scanner.address().port}` } })
  const eva = await owner(guarded, 'Eva')
  const document = (await eva.expect(201, 'POST', '/documents', { title: 'Plan' })).body.id
  const at = `/documents/${document}/attachments?name=a.bin`
  await eva.expect(201, 'POST', at, randomBytes(300_000), BINARY)
  const refused = await eva.call('POST', at, Buffer.concat([randomBytes(100_000), Buffer.from('EICAR')]), BINARY)
  assert.deepEqual([refused.status, refused.body.code, refused.body.detail.includes('Eicar-Signature')], [422, 'file-infected', true])
  await new Promise((resolve) => scanner.close(resolve))
  assert.deepEqual([(await eva.call('POST', at, Buffer.from('x'), BINARY)).body.code], ['files-unavailable'])
  assert.equal(filesIn(path(guarded.data, 'files')).length, 1)
  await guarded.stop()
})

test('[FILE-16] a file from another site is fetched and stored, never from a private network', async () => {
  const site = createServer((asked, answer) => {
    if (asked.url === '/elsewhere') answer.writeHead(302, { location: 'http://10.0.0.1/secret' }).end()
    else if (asked.url === '/moved') answer.writeHead(301, { location: '/picture.png?x=1' }).end()
    else answer.writeHead(200, { 'content-type': 'text/html' }).end(PICTURE)
  })
  await new Promise((resolve) => site.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${site.address().port}`
  const fetched = (address, person = ana, document = id) => person.call('POST', `/documents/${document}/attachments/fetch`, { url: address })
  const kept = (await fetched(`${url}/moved`)).body
  assert.deepEqual([kept.name, kept.media_type, kept.bytes, kept.state], ['picture.png', 'image/png', PICTURE.length, 'done'])
  for (const address of [`${url}/elsewhere`, 'http://10.0.0.1/', 'https://192.168.0.1/x', 'file:///etc/passwd', 'http://[::ffff:10.0.0.1]/', 'nonsense']) {
    assert.equal((await fetched(address)).status, 400, address)
  }
  assert.equal((await fetched(url, vera)).status, 404)
  site.closeAllConnections()
  await new Promise((resolve) => site.close(resolve))
  assert.equal((await fetched(`${url}/picture.png`)).status, 409)
})

test('[FILE-17] hostile files are refused or inert, and the server stays as it is', { timeout: 900_000 }, async () => {
  const memory = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.child.pid}/status`, 'utf8'))[1]) / 1024
  const document = await newDocument()
  await attach(ana, document, 'warm')
  const before = memory()
  let slowest = 0
  let most = 0
  const watching = setInterval(async () => {
    const begun = Date.now()
    await fetch(`${server.url}/healthz`).catch(() => undefined)
    slowest = Math.max(slowest, Date.now() - begun)
    most = Math.max(most, memory())
  }, 50)
  const count = Number(process.env.HOSTILE_FILES ?? 30)
  // Made one by one: making them takes longer than an idle connection stays open.
  for (const { name, content } of hostileFiles(count)) {
    const answer = await ana.call('POST', `/documents/${document}/attachments?name=${encodeURIComponent(name)}`, content, BINARY)
    assert.ok([201, 413, 422].includes(answer.status), `${name}: ${answer.status} ${JSON.stringify(answer.body)}`)
  }
  const waits = async () => (await ana.expect(200, 'GET', `/documents/${document}/attachments`)).body.filter(({ state }) => ['waiting', 'working'].includes(state))
  await until(async () => (await waits()).length === 0, 'all are read, or left alone', 600_000)
  clearInterval(watching)
  const shown = (await ana.expect(200, 'GET', `/documents/${document}/attachments`)).body
  for (const file of shown) {
    const { headers } = await bytesAt(server.url + file.url, { range: 'bytes=0-0' })
    assert.match(headers.get('content-disposition'), /^attachment; /, file.name)
    assert.ok(!/html|svg|xml(?!formats)/.test(headers.get('content-type')), `${file.name}: ${headers.get('content-type')}`)
    if (file.display_url) assert.match((await bytesAt(server.url + file.display_url)).headers.get('content-type'), /^image\/(png|jpeg)$/)
  }
  const states = shown.map(({ state }) => state)
  console.log(`${count} hostile files: ${states.filter((state) => state === 'failed').length} failed, ${states.filter((state) => state === 'done').length} read; memory ${Math.round(before)} to ${Math.round(most)} MiB; slowest answer ${slowest} ms`)
  assert.ok(states.includes('failed'))
  assert.ok(most - before < 150, `the server took ${Math.round(most - before)} MiB more`)
  assert.equal((await ana.expect(200, 'GET', `/documents/${document}`)).status, 200)
})

test('[FILE-18] an image that the text no longer shows is removed after a while, unless a kept revision may show it', async () => {
  const [plain, revised] = [await newDocument(), await newDocument()]
  const upload = async (document, name) => (await attach(ana, document, randomBytes(100), name, '&in_text=true')).id
  const write = async (document, text) => {
    const { etag } = await ana.expect(200, 'GET', `/documents/${document}/content`)
    await ana.expect(204, 'PUT', `/documents/${document}/content`, text, { 'content-type': 'text/markdown', 'if-match': etag })
  }
  const [used, unused, shownBefore] = [await upload(plain, 'used.bin'), await upload(plain, 'unused.bin'), await upload(revised, 'before.bin')]
  const other = (await attach(ana, plain, 'a file of its own', 'own.txt')).id
  await write(plain, `![used.bin](<file:${used}>)\n`)
  assert.equal((await ana.expect(200, 'GET', `/documents/${plain}/content`)).body, `![used.bin](<file:${used}>)\n`)
  await write(revised, `![](<attachment:${shownBefore}>)\n`)
  await ana.expect(201, 'POST', `/documents/${revised}/revisions`, { name: 'With the picture' })
  await write(revised, 'Without it.\n')
  // Forty days pass for the attachments, and for the revision; the texts were found without them 31 days ago.
  const at = (days) => new Date(Date.now() - days * 86_400_000).toISOString().replace('Z', '+00:00')
  const sql = [`update attachment set created_at = '${at(40)}', unused_since = '${at(31)}'`, `update revision set created_at = '${at(35)}'`]
  const python = `import sqlite3, sys\ndb = sqlite3.connect(sys.argv[1], timeout=30)\nfor line in sys.argv[2:]: db.execute(line)\ndb.commit()`
  const changed = spawnSync('python3', ['-c', python, path(server.data, 'consilium.db'), ...sql], { encoding: 'utf8' })
  assert.equal(changed.status, 0, changed.stderr)
  const names = async (document) => (await ana.expect(200, 'GET', `/documents/${document}/attachments`)).body.map(({ id }) => id)
  // A deletion wakes the collector, which otherwise comes every minute.
  await ana.expect(204, 'DELETE', `/documents/${id}/attachments/${(await attach(ana, id, 'gone')).id}`)
  await until(async () => !(await names(plain)).includes(unused), 'the unused one is gone', 90_000)
  assert.deepEqual(await names(plain), [used, other])
  assert.deepEqual(await names(revised), [shownBefore], 'the kept revision shows it')
})
