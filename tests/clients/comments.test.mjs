// Comments and suggestions: their places in the text, rights, and notification.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import * as Y from 'yjs'
import { Person, join, owner } from './people.mjs'
import { Server, until } from './server.mjs'

const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')

let server, ana, ben, vera

before(async () => {
  server = await Server.start({ args: [] })
  ana = await owner(server)
  ben = await join(ana, 'analyst', 'Ben')
  vera = await join(ana, 'viewer', 'Vera')
})
after(() => server.stop())

/** A document of Ana's, which Ben may comment and Vera may view. */
async function newDocument(markdown = 'Growth is slow in the north.\n\nWe hire three people.\n') {
  const { id } = (await ana.expect(201, 'POST', '/documents', { title: 'Plan' })).body
  await ana.expect(204, 'PUT', `/documents/${id}/content`, markdown, { 'content-type': 'text/markdown', 'if-match': '"0"' })
  await ana.expect(204, 'PUT', `/documents/${id}/shares/${ben.id}`, { level: 'comment' })
  await ana.expect(204, 'PUT', `/documents/${id}/shares/${vera.id}`, { level: 'view' })
  return id
}

const textOf = async (id) => (await ana.expect(200, 'GET', `/documents/${id}/content?format=text`)).body
const passage = async (id, quote) => {
  const from = (await textOf(id)).indexOf(quote)
  return { from, to: from + quote.length, quote }
}
const begin = async (person, id, quote, more = {}) =>
  (await person.expect(201, 'POST', `/documents/${id}/threads`, { body: 'Why?', passage: await passage(id, quote), ...more })).body
const threads = async (person, id, query = '') => (await person.expect(200, 'GET', `/documents/${id}/threads${query}`)).body.items

test('[CMT-10] a thread is assigned with a date, waits for its assignee until it is resolved, and is given to another', async () => {
  const id = await newDocument()
  const thread = await begin(ana, id, 'slow')
  const at = `/documents/${id}/threads/${thread.thread_id}`
  const waiting = async (person) => (await person.expect(200, 'GET', '/me/assignments')).body.filter((one) => one.document_id === id)
  const due_at = '2027-01-15T12:00:00Z'
  const assigned = (await ana.expect(200, 'PUT', `${at}/assignee`, { account: ben.id, due_at })).body
  assert.deepEqual([assigned.assignee.id, assigned.assignee.name, Date.parse(assigned.due_at)], [ben.id, 'Ben', Date.parse(due_at)])
  const [{ title, quote, excerpt, assigned_by, ...one }] = await waiting(ben)
  assert.deepEqual([title, quote, excerpt, assigned_by.name, one.thread_id, Date.parse(one.due_at)], ['Plan', 'slow', 'Why?', 'Ana', thread.thread_id, Date.parse(due_at)])
  const told = async () => (await ben.expect(200, 'GET', '/inbox')).body.items.filter((news) => news.kind === 'assigned' && news.thread_id === thread.thread_id).length
  assert.equal(await told(), 1)
  const news = async () => (({ must_do, due_at: due, read_at }) => [must_do, due !== undefined, read_at !== undefined])((await ben.expect(200, 'GET', '/inbox')).body.items.find(({ kind }) => kind === 'assigned'))
  assert.deepEqual(await news(), [true, true, false])
  await ben.expect(204, 'POST', '/inbox/read', {})
  assert.deepEqual(await news(), [true, true, true], 'it waits until it is done')
  // A changed date does not notify again.
  await ana.expect(200, 'PUT', `${at}/assignee`, { account: ben.id })
  assert.equal(await told(), 1)
  assert.equal((await waiting(ben))[0].due_at, undefined)
  // Vera may only see the document: a thread can be assigned to her, but she cannot assign one.
  await vera.expect(403, 'PUT', `${at}/assignee`, { account: ben.id })
  await ben.expect(200, 'PUT', `${at}/assignee`, { account: vera.id })
  assert.deepEqual([(await waiting(ben)).length, (await waiting(vera)).length], [0, 1])
  assert.deepEqual((await news()).slice(0, 2), [false, false], 'it is the task of another now')
  const stranger = await join(ana, 'analyst', 'Stan')
  await ana.expect(422, 'PUT', `${at}/assignee`, { account: stranger.id })
  // A person who may no longer see the document does not see its assignments.
  await ana.expect(204, 'DELETE', `/documents/${id}/shares/${vera.id}`)
  assert.equal((await waiting(vera)).length, 0)
  await ana.expect(200, 'PUT', `${at}/assignee`, { account: ben.id })
  await ana.expect(200, 'POST', `${at}/resolve`, {})
  assert.equal((await waiting(ben)).length, 0)
  await ana.expect(409, 'PUT', `${at}/assignee`, { account: ben.id })
  await ana.expect(200, 'POST', `${at}/reopen`)
  assert.equal((await waiting(ben)).length, 1)
  await ben.expect(204, 'DELETE', `${at}/assignee`)
  await ben.expect(204, 'DELETE', `${at}/assignee`)
  assert.equal((await waiting(ben)).length, 0)
  assert.equal((await threads(ana, id))[0].assignee, undefined)
  // A person who may only comment can resolve and reopen a thread that is assigned to them.
  await ben.expect(403, 'POST', `${at}/resolve`, { outcome: 'done' })
  await ana.expect(200, 'PUT', `${at}/assignee`, { account: ben.id })
  assert.equal((await ben.expect(200, 'POST', `${at}/resolve`, { outcome: 'done' })).body.outcome, 'done')
  await ben.expect(200, 'POST', `${at}/reopen`)
})

test('[CMT-3] a thread is created, answered, edited, reacted to, resolved with an outcome, and reopened', async () => {
  const id = await newDocument()
  const open = ana.open(id)
  await until(() => open.heard.scopes.length > 0, 'Ana is in')
  open.provider.sendStateless(JSON.stringify({ t: 'hello', document: id }))
  await until(() => open.heard.told.length > 0, 'she is known as a page')
  const hears = async (act) => {
    const before = open.heard.told.filter(({ t }) => t === 'comments').length
    const since = Date.now()
    const result = await act()
    await until(() => open.heard.told.filter(({ t }) => t === 'comments').length > before, 'Ana hears of it')
    assert.ok(Date.now() - since < 5_000, `after ${Date.now() - since} ms`)
    return result
  }
  const thread = await hears(() => begin(ben, id, 'slow', { mentions: [{ kind: 'account', id: ana.id }] }))
  assert.equal(thread.state, 'open')
  assert.deepEqual({ ...thread.passage, start: 0, end: 0 }, { start: 0, end: 0, quote: 'slow', is_orphan: false, from: 10, to: 14, block: 0, text: 'slow' })
  assert.deepEqual(thread.comments.map(({ author, body, mentions }) => [author.name, body, mentions]), [['Ben', 'Why?', [{ kind: 'account', id: ana.id }]]])
  const at = `/documents/${id}/threads/${thread.thread_id}`
  const reply = (await hears(() => ana.expect(201, 'POST', `${at}/comments`, { body: 'Few orders.' }))).body.comment_id
  await ben.expect(403, 'PATCH', `/documents/${id}/comments/${reply}`, { body: 'Many orders.' })
  await hears(() => ana.expect(204, 'PATCH', `/documents/${id}/comments/${reply}`, { body: 'Too few orders.' }))
  const thumb = `/documents/${id}/comments/${reply}/reactions/${encodeURIComponent('👍')}`
  await hears(() => ben.expect(204, 'PUT', thumb))
  await ben.expect(204, 'PUT', thumb)
  await ben.expect(422, 'PUT', `/documents/${id}/comments/${reply}/reactions/hm`)
  let [seen] = await threads(vera, id)
  assert.deepEqual(seen.comments[1].reactions, [{ emoji: '👍', people: [ben.id] }])
  assert.equal(seen.comments[1].body, 'Too few orders.')
  assert.ok(seen.comments[1].edited_at)
  await hears(() => ben.expect(204, 'DELETE', thumb))
  const resolved = (await hears(() => ben.expect(200, 'POST', `${at}/resolve`, { outcome: 'decided', note: 'We open an office.' }))).body
  assert.deepEqual([resolved.state, resolved.outcome, resolved.note, resolved.decided_by], ['resolved', 'decided', 'We open an office.', { id: ben.id, name: 'Ben' }])
  await ben.expect(409, 'POST', `${at}/resolve`, { outcome: 'done' })
  assert.deepEqual(await threads(vera, id, '?state=open'), [])
  assert.equal((await threads(vera, id, '?state=closed')).length, 1)
  const reopened = (await hears(() => ana.expect(200, 'POST', `${at}/reopen`))).body
  assert.deepEqual([reopened.state, reopened.outcome, reopened.decided_by], ['open', undefined, undefined])
  await hears(() => ana.expect(204, 'DELETE', `/documents/${id}/comments/${reply}`))
  ;[seen] = await threads(vera, id)
  assert.equal(seen.comments[1].body, '')
  assert.ok(seen.comments[1].deleted_at)
  await hears(() => ana.expect(204, 'DELETE', `/documents/${id}/comments/${seen.comments[0].comment_id}`))
  assert.deepEqual(await threads(vera, id), [])
  open.end()
})

test('[CMT-3] a comment that is repeated after a lost answer is created once', async () => {
  const id = await newDocument()
  const key = { 'idempotency-key': 'once' }
  const twice = [await ben.expect(201, 'POST', `/documents/${id}/threads`, { body: 'Hm' }, key), await ben.expect(201, 'POST', `/documents/${id}/threads`, { body: 'Hm' }, key)]
  assert.deepEqual(twice[0].body, twice[1].body)
  assert.equal(twice[1].headers.get('idempotent-replayed'), 'true')
  assert.equal((await threads(ana, id)).length, 1)
})

test('[CMT-13] a thread about an image or a file stays with it wherever it is, and says when it is gone', async () => {
  const id = await newDocument()
  const upload = async (name, bytes) => (await ana.expect(201, 'POST', `/documents/${id}/attachments?name=${name}&in_text=true`, bytes, { 'content-type': 'application/octet-stream' })).body.id
  const [picture, numbers] = [await upload('dot.png', PNG), await upload('numbers.csv', Buffer.from('a,b\n'))]
  const p = (text) => ({ type: 'paragraph', content: [{ type: 'text', text }] })
  const image = { type: 'image', attrs: { attachment: picture, alt: 'Revenue by year' } }
  const far = { type: 'image', attrs: { src: 'https://a.example/x.png', title: 'From afar' } }
  const card = { type: 'file', attrs: { attachment: numbers, name: 'numbers.csv' } }
  const page = { type: 'embed', attrs: { href: 'https://b.example/plan', title: 'The plan' } }
  const write = async (...content) => {
    const { etag } = await ana.expect(200, 'GET', `/documents/${id}/content`)
    await ana.expect(204, 'PUT', `/documents/${id}/content`, JSON.stringify({ type: 'doc', content }), { 'content-type': 'application/json', 'if-match': etag })
  }
  await write(p('Before'), image, p('Between'), far, card, page)
  const about = async (media) => (await ben.expect(201, 'POST', `/documents/${id}/threads`, { body: 'Which source?', media })).body
  const [first, second, third] = [await about({ attachment: picture }), await about({ src: 'https://a.example/x.png' }), await about({ attachment: numbers })]
  assert.deepEqual(first.media, { attachment: picture, label: 'Revenue by year', is_orphan: false, from: 6, block: 1, index: 0, count: 4 })
  assert.deepEqual(second.media, { src: 'https://a.example/x.png', label: 'From afar', is_orphan: false, from: 14, block: 3, index: 1, count: 4 })
  assert.deepEqual([third.media.label, third.media.block, third.passage], ['numbers.csv', 4, undefined])
  const fourth = await about({ src: 'https://b.example/plan' })
  assert.deepEqual([fourth.media.label, fourth.media.block, fourth.media.index], ['The plan', 5, 3])
  await ana.expect(204, 'DELETE', `/documents/${id}/threads/${fourth.thread_id}`)
  const media = async () => Object.fromEntries((await threads(vera, id)).map(({ thread_id, media: { is_orphan, block } }) => [thread_id, is_orphan || block]))
  // Moved into a quote, below; the other image is deleted, and comes back.
  await write(far, p('Before, longer'), { type: 'blockquote', content: [p('Said'), image] }, card)
  assert.deepEqual(await media(), { [first.thread_id]: 2, [second.thread_id]: 0, [third.thread_id]: 3 })
  await write(p('Only this'), card)
  assert.deepEqual(await media(), { [first.thread_id]: true, [second.thread_id]: true, [third.thread_id]: 1 })
  await write(p('Only this'), image, card)
  assert.deepEqual(await media(), { [first.thread_id]: 1, [second.thread_id]: true, [third.thread_id]: 2 })
  // The log of decisions says what the thread was about.
  await ana.expect(200, 'POST', `/documents/${id}/threads/${first.thread_id}/resolve`, { outcome: 'decided', note: 'The audit.' })
  const [{ quote }] = (await ana.expect(200, 'GET', `/decisions?document=${id}`)).body.items
  assert.equal(quote, 'Revenue by year')
  for (const [status, wish] of [[400, { media: { image: 1 } }], [422, { media: { src: 'x'.repeat(2_001) } }], [422, { media: { attachment: picture }, passage: { from: 0, to: 4 } }], [422, { media: { attachment: picture }, replacement: 'x' }]]) {
    await ben.expect(status, 'POST', `/documents/${id}/threads`, { body: 'No', ...wish })
  }
  await vera.expect(403, 'POST', `/documents/${id}/threads`, { body: 'No', media: { attachment: picture } })
  assert.equal((await ben.expect(409, 'POST', `/documents/${id}/threads`, { body: 'No', media: { attachment: ben.id } })).body.code, 'anchor-not-saved')
})

test('[AUDIT-2] reads of comments on a confidential document are recorded', async () => {
  const id = await newDocument()
  const { thread_id } = await begin(ana, id, 'slow')
  const { etag } = await ana.expect(200, 'GET', `/documents/${id}`)
  await ana.expect(200, 'PATCH', `/documents/${id}`, { sensitivity: 'confidential' }, { 'if-match': etag })
  const reads = async () => (await ana.expect(200, 'GET', `/audit?reads=true&resource=${id}&actor=${vera.id}`)).body.items.length
  assert.equal(await reads(), 0)
  await threads(vera, id)
  await vera.expect(200, 'GET', `/documents/${id}/threads/${thread_id}`)
  assert.equal(await reads(), 2)
})

test('[CMT-4] only people who may comment can comment, only the author can edit a comment, and no comment changes the document', async () => {
  const id = await newDocument()
  const { id: hidden } = (await ana.expect(201, 'POST', '/documents', { title: 'Hidden' })).body
  const thread = await begin(ana, id, 'slow')
  const at = `/documents/${id}/threads/${thread.thread_id}`
  await vera.expect(403, 'POST', `/documents/${id}/threads`, { body: 'Hm' })
  await vera.expect(403, 'POST', `${at}/comments`, { body: 'Hm' })
  await ben.expect(404, 'GET', `/documents/${hidden}/threads`)
  await ben.expect(404, 'POST', `/documents/${hidden}/threads`, { body: 'Hm' })
  await ana.expect(404, 'GET', `/documents/${hidden}/threads/${thread.thread_id}`)
  await ana.expect(404, 'POST', `/documents/${hidden}/threads/${thread.thread_id}/comments`, { body: 'Hm' })
  await ben.expect(403, 'POST', `${at}/resolve`, { outcome: 'done' })
  await ben.expect(403, 'DELETE', `/documents/${id}/comments/${thread.comments[0].comment_id}`)
  await ben.expect(403, 'DELETE', at)
  const suggestion = await begin(ben, id, 'slow', { body: '', replacement: 'steady' })
  await ben.expect(403, 'POST', `/documents/${id}/threads/${suggestion.thread_id}/accept`)
  await ben.expect(403, 'POST', `/documents/${id}/suggestions/accept`, { author: ben.id })
  assert.equal(await textOf(id), 'Growth is slow in the north.\nWe hire three people.')
  for (const [status, body] of [
    [422, { body: ' ' }], [422, { body: 'a'.repeat(10_001) }], [400, { body: 'x\u0000' }], [400, { body: 'x', elsewhere: 1 }],
    [422, { body: 'x', mentions: [{ kind: 'account', id }] }], [422, { body: 'x', mentions: [{ kind: 'robot', id: ana.id }] }],
    [422, { body: 'x', passage: { from: 3, to: 3 } }], [422, { body: 'x', passage: { from: 0, to: 9_999 } }], [422, { body: 'x', passage: { from: 1 } }],
    [409, { body: 'x', passage: { from: 0, to: 6, quote: 'Shrink' } }], [422, { replacement: 'y' }],
    [422, { replacement: 'y', passage: { from: 20, to: 40 } }], [422, { replacement: 'a\nb', passage: { from: 0, to: 6 } }],
    [422, { replacement: 'Growth', passage: { from: 0, to: 6 } }],
  ]) await ben.expect(status, 'POST', `/documents/${id}/threads`, body)
  const link = (await ana.expect(201, 'POST', `/documents/${id}/links`, { level: 'comment' })).body
  const mia = new Person(server)
  await mia.expect(200, 'POST', '/links/enter', { token: link.url.split('#')[1], name: 'Mia' })
  await mia.expect(201, 'POST', `${at}/comments`, { body: 'As a guest: why?' })
  const [first] = await threads(ana, id)
  assert.deepEqual([first.comments[1].author.name, first.comments[1].author.is_guest], ['Mia', true])
  await ana.expect(204, 'DELETE', at)
  await ana.expect(200, 'DELETE', `/documents/${id}`)
  await ben.expect(410, 'POST', `/documents/${id}/threads`, { body: 'Hm' })
})

test('[CMT-6] a suggestion that an editor accepts changes the document, and only the quoted text', async () => {
  const id = await newDocument('Growth is **quite slow** in the north, north, north.\n')
  const first = await begin(ben, id, 'quite slow', { body: 'Kinder.', replacement: 'steady' })
  const second = await begin(ben, id, 'quite', { body: '', replacement: 'rather' })
  const accepted = (await ana.expect(200, 'POST', `/documents/${id}/threads/${first.thread_id}/accept`)).body
  assert.deepEqual([accepted.state, accepted.decided_by.name, accepted.comments[0].author.name, accepted.passage.text], ['accepted', 'Ana', 'Ben', 'steady'])
  const markdown = (await ana.expect(200, 'GET', `/documents/${id}/content`)).body
  assert.equal(markdown.trim(), 'Growth is **steady** in the north, north, north.')
  await ana.expect(409, 'POST', `/documents/${id}/threads/${first.thread_id}/accept`)
  const stale = await ana.expect(409, 'POST', `/documents/${id}/threads/${second.thread_id}/accept`)
  assert.equal(stale.body.code, 'gone')
  const rejected = (await ana.expect(200, 'POST', `/documents/${id}/threads/${second.thread_id}/reject`, { note: 'Too late.' })).body
  assert.deepEqual([rejected.state, rejected.note], ['rejected', 'Too late.'])
  await ben.expect(200, 'POST', `/documents/${id}/threads/${second.thread_id}/reopen`)
  await ben.expect(200, 'POST', `/documents/${id}/threads/${second.thread_id}/reject`, {})
  await ana.expect(409, 'POST', `/documents/${id}/threads/${second.thread_id}/resolve`, { outcome: 'done' })
  const suggested = []
  for (const [quote, replacement] of [['Growth', 'Progress'], ['in the', 'up'], ['in', 'at']]) suggested.push((await begin(ben, id, quote, { body: '', replacement })).thread_id)
  const all = (await ana.expect(200, 'POST', `/documents/${id}/suggestions/accept`, { author: ben.id })).body
  assert.deepEqual(all, { accepted: suggested.slice(0, 2), refused: [{ id: suggested[2], code: 'gone' }], changed: suggested.slice(2) })
  assert.equal(await textOf(id), 'Progress is steady up north, north, north.')
})

test('[CMT-6] a suggestion is accepted while others type', async () => {
  const id = await newDocument('Growth is slow.\n\nHere.\n')
  const open = ana.open(id)
  await until(() => open.provider.synced, 'Ana is in')
  const line = open.provider.document.getXmlFragment('default').get(1).get(0)
  const suggestion = await begin(ben, id, 'slow', { body: '', replacement: 'steady' })
  let typing = true
  const typist = (async () => {
    let typed = 0
    for (; typing; typed++) {
      line.insert(line.length, 'x')
      await new Promise((next) => setTimeout(next, 2))
    }
    return typed
  })()
  await ana.expect(200, 'POST', `/documents/${id}/threads/${suggestion.thread_id}/accept`)
  typing = false
  const typed = await typist
  await until(() => open.provider.unsyncedChanges === 0, 'everything is saved')
  assert.equal(await textOf(id), `Growth is steady.\nHere.${'x'.repeat(typed)}`)
  open.end()
})

const accept = (person, id, thread) => person.call('POST', `/documents/${id}/threads/${thread}/accept`)
const auditOf = async (id, action) => (await ana.expect(200, 'GET', `/audit?resource=${id}&action=${action}`)).body.items

test('[CMT-6] a suggestion that several people accept at once is applied and audited once', async () => {
  const cleo = await join(ana, 'analyst', 'Cleo')
  for (let round = 0; round < 5; round++) {
    const id = await newDocument('The cat sat.\n')
    await ana.expect(204, 'PUT', `/documents/${id}/shares/${cleo.id}`, { level: 'edit' })
    const { thread_id: thread } = await begin(ben, id, 'cat', { body: '', replacement: 'cats' })
    const answers = await Promise.all([accept(ana, id, thread), accept(cleo, id, thread), accept(ana, id, thread)])
    assert.equal(await textOf(id), 'The cats sat.')
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409, 409])
    assert.deepEqual(answers.filter(({ status }) => status === 409).map(({ body }) => body.code), ['changed', 'changed'])
    assert.equal((await auditOf(id, 'suggestion.accept')).length, 1)
  }
})

test('[CMT-6] of two equal suggestions the second finds that the text has changed, in sequence and concurrently', async () => {
  const id = await newDocument('The cat sat.\n\ncat sat.\n')
  const plural = { body: '', replacement: 'cats' }
  const [first, second] = [await begin(ben, id, 'cat', plural), await begin(ben, id, 'cat', plural)]
  assert.equal((await accept(ana, id, first.thread_id)).status, 200)
  const again = await accept(ana, id, second.thread_id)
  assert.deepEqual([again.status, again.body.code], [409, 'changed'])
  assert.equal(await textOf(id), 'The cats sat.\ncat sat.')
  const [third, fourth] = [await begin(ana, id, 'sat', { body: '', replacement: 'a sat' }), await begin(ana, id, 'sat', { body: '', replacement: 'a sat' })]
  const all = (await ana.expect(200, 'POST', `/documents/${id}/suggestions/accept`, { author: ana.id })).body
  assert.deepEqual(all, { accepted: [third.thread_id], refused: [{ id: fourth.thread_id, code: 'already' }], changed: [fourth.thread_id] })
  assert.equal(await textOf(id), 'The cats a sat.\ncat sat.')
  // Text typed at an edge of the quoted text changes it; text elsewhere does not.
  const edge = await begin(ben, id, 'cats', { body: '', replacement: 'dogs' })
  const far = await begin(ben, id, 'The', { body: '', replacement: 'Our' })
  const open = ana.open(id)
  await until(() => open.provider.synced, 'Ana is in')
  open.provider.document.getXmlFragment('default').get(0).get(0).insert('The cats'.length, 'kin')
  await until(() => open.provider.unsyncedChanges === 0, 'it is saved')
  assert.deepEqual([(await accept(ana, id, edge.thread_id)).body.code, (await accept(ana, id, far.thread_id)).status], ['changed', 200])
  assert.equal(await textOf(id), 'Our catskin a sat.\ncat sat.')
  open.end()
  // Words that are still there are replaced, whatever was accepted beside them.
  const whole = [await begin(ben, id, 'cat sat.', { body: '', replacement: 'dogs.' }), await begin(ben, id, 'cat sat.', { body: '', replacement: 'cat sat. Twice.' })]
  assert.equal((await accept(ana, id, whole[1].thread_id)).status, 200)
  assert.equal((await accept(ana, id, whole[1].thread_id)).body.code, 'changed')
  assert.equal((await accept(ana, id, whole[0].thread_id)).status, 200)
  assert.equal(await textOf(id), 'Our catskin a sat.\ndogs. Twice.')
})

test('[CMT-6] of a concurrent accept and reject one happens, and the text agrees with it', async () => {
  for (let round = 0; round < 15; round++) {
    const id = await newDocument('The cat sat.\n')
    const { thread_id: thread } = await begin(ben, id, 'cat', { body: '', replacement: 'dog' })
    const late = async () => {
      await new Promise((next) => setTimeout(next, round))
      return ana.call('POST', `/documents/${id}/threads/${thread}/reject`, {})
    }
    const [accepted, rejected] = await Promise.all([accept(ana, id, thread), late()])
    assert.deepEqual([accepted.status, rejected.status].sort(), [200, 409])
    const [{ state }] = await threads(ana, id)
    const outcome = accepted.status === 200 ? ['accepted', 'The dog sat.'] : ['rejected', 'The cat sat.']
    assert.deepEqual([state, await textOf(id)], outcome)
  }
})

test('[CMT-2] creating a thread waits for text that is not saved yet, and fails with a code if it does not arrive', async () => {
  const id = await newDocument()
  const open = ana.open(id)
  await until(() => open.provider.synced, 'Ana is in')
  const away = new Y.Doc()
  Y.applyUpdate(away, Y.encodeStateAsUpdate(open.provider.document))
  const line = away.getXmlFragment('default').get(0).get(0)
  line.insert(0, 'Soon: ')
  const position = (index, assoc) => Y.relativePositionToJSON(Y.createRelativePositionFromTypeIndex(line, index, assoc))
  const passage = { start: position(0, 0), end: position(4, -1), quote: 'Soon' }
  const waiting = ben.call('POST', `/documents/${id}/threads`, { body: 'When?', passage })
  await new Promise((next) => setTimeout(next, 300))
  Y.applyUpdate(open.provider.document, Y.encodeStateAsUpdate(away, Y.encodeStateVector(open.provider.document)))
  const answer = await waiting
  assert.equal(answer.status, 201, JSON.stringify(answer.body))
  assert.deepEqual([answer.body.passage.from, answer.body.passage.text], [0, 'Soon'])
  const never = { item: { client: 4_711, clock: 3 }, assoc: 0 }
  const late = await ben.expect(409, 'POST', `/documents/${id}/threads`, { body: 'Never?', passage: { start: never, end: never } })
  assert.equal(late.body.code, 'anchor-not-saved')
  open.end()
})

const EDITS = Number(process.env.ANCHOR_EDITS ?? 10_000)

test(`[CMT-1] the offsets of passages are where Yjs has their positions, after ${EDITS} random edits of three people around them`, async () => {
  let seed = 20_26
  const random = () => {
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  const below = (n) => Math.floor(random() * n)
  const id = await newDocument(Array.from({ length: 12 }, (_, n) => `Paragraph ${n} says what there is to say about it.`).join('\n\n'))
  await ana.expect(204, 'PUT', `/documents/${id}/shares/${ben.id}`, { level: 'edit' })
  const carl = await join(ana, 'analyst', 'Carl')
  await ana.expect(204, 'PUT', `/documents/${id}/shares/${carl.id}`, { level: 'edit' })
  const writers = [ana, ben, carl].map((person) => person.open(id))
  await until(() => writers.every(({ provider }) => provider.synced), 'all are in')
  const marked = []
  const text = await textOf(id)
  for (let n = 0; n < 60; n++) {
    const from = below(text.length - 2)
    const to = from + 1 + below(Math.min(80, text.length - from - 1))
    const answer = await ben.call('POST', `/documents/${id}/threads`, { body: 'x', passage: { from, to } })
    if (answer.status === 201) marked.push(answer.body)
  }
  assert.ok(marked.length > 50)

  /** The lines of the server: paragraphs, with the index of each character. */
  const linesOf = (doc) => {
    const starts = new Map()
    let at = 0
    for (const paragraph of doc.getXmlFragment('default').toArray()) {
      for (const line of paragraph.toArray()) {
        starts.set(line, at)
        at += line.length
      }
      at += 1
    }
    return starts
  }
  /** Editors never cut a surrogate pair, and Yjs does not converge when one does: move past its second half. */
  const whole = (line, at) => {
    const units = line.toDelta().map(({ insert }) => insert).join('')
    return /[\udc00-\udfff]/.test(units[at] ?? '') ? at + 1 : at
  }
  /** The place of a passage according to Yjs. */
  const expected = (doc, { passage }) => {
    const place = (json) => Y.createAbsolutePositionFromRelativePosition(Y.createRelativePositionFromJSON(json), doc)
    const [start, end] = [place(passage.start), place(passage.end)]
    const starts = linesOf(doc)
    if (!start || !end || !starts.has(start.type) || !starts.has(end.type)) return null
    return [starts.get(start.type) + start.index, starts.get(end.type) + end.index]
  }
  const compare = async () => {
    await until(() => writers.every(({ provider }) => provider.unsyncedChanges === 0), 'all is saved')
    await until(() => {
      const [first, ...others] = writers.map(({ provider }) => provider.document.getXmlFragment('default').toString())
      return others.every((other) => other === first)
    }, 'all read the same')
    const doc = writers[0].provider.document
    const all = await textOf(id)
    let alive = 0
    for (const thread of await threads(ana, id, '?limit=500')) {
      const place = expected(doc, thread)
      if (thread.passage.is_orphan) {
        assert.ok(place === null || all.slice(...place) !== thread.passage.quote, `an orphan is on its words: ${place}`)
        continue
      }
      alive += 1
      assert.equal(all.slice(thread.passage.from, thread.passage.to), thread.passage.text)
      // At the break between two paragraphs, an edge may be on either side.
      assert.equal(all.slice(...place).replace(/^\n+|\n+$/g, ''), thread.passage.text)
    }
    return alive
  }
  for (let edit = 0; edit < EDITS; edit++) {
    const { document } = writers[below(3)].provider
    const paragraphs = document.getXmlFragment('default')
    const line = paragraphs.get(below(paragraphs.length))?.get?.(0)
    const kind = below(2_000)
    if (kind === 0 && paragraphs.length > 6) paragraphs.delete(below(paragraphs.length), 1)
    else if (kind === 1 || !(line instanceof Y.XmlText)) {
      const paragraph = new Y.XmlElement('paragraph')
      paragraph.insert(0, [new Y.XmlText('Another paragraph.')])
      paragraphs.insert(below(paragraphs.length + 1), [paragraph])
    } else if (kind < 150 && line.length > 4) line.format(0, whole(line, 1 + below(line.length)), { bold: random() < 0.5 ? {} : null })
    else if (kind < 800 && line.length > 0) {
      const from = whole(line, below(line.length))
      line.delete(from, whole(line, Math.min(line.length, from + 1 + below(4))) - from)
    } else line.insert(whole(line, below(line.length + 1)), ['plan ', 'ab', 'naïve ', '漢', '🙂'][below(5)])
    if (edit % 20 === 0) await new Promise(setImmediate)
    if (edit % 2_500 === 0) await compare()
  }
  const alive = await compare()
  console.log(`# ${EDITS} edits: ${alive} of ${marked.length} passages still there`)
  for (const writer of writers) writer.end()
})

test('[CMT-7] decisions are listed over all visible documents, page by page, and as CSV', async () => {
  const [open, closed] = [await newDocument(), (await ana.expect(201, 'POST', '/documents', { title: 'Closed' })).body.id]
  const outcomes = ['decided', 'deferred', 'rejected', 'done']
  for (const outcome of outcomes) {
    const { thread_id } = await begin(ana, open, 'slow', { body: `Is it ${outcome}?` })
    await ana.expect(200, 'POST', `/documents/${open}/threads/${thread_id}/resolve`, { outcome, note: '=1+1' })
  }
  const suggestion = await begin(ana, open, 'We hire', { body: '', replacement: 'We hired' })
  await ana.expect(200, 'POST', `/documents/${open}/threads/${suggestion.thread_id}/accept`)
  const hidden = (await ana.expect(201, 'POST', `/documents/${closed}/threads`, { body: 'Hidden?' })).body
  await ana.expect(200, 'POST', `/documents/${closed}/threads/${hidden.thread_id}/resolve`, { outcome: 'done' })
  const of = async (person, query = '') => (await person.expect(200, 'GET', `/decisions${query}`)).body.items
  assert.deepEqual((await of(ana, `?document=${open}`)).map(({ outcome }) => outcome), ['accepted', ...outcomes.toReversed()])
  assert.equal((await of(ana))[0].question, 'Hidden?')
  assert.ok((await of(vera)).every(({ document_id }) => document_id !== closed))
  assert.equal((await of(vera, `?document=${open}`)).length, 5)
  const paged = []
  for (let cursor = ''; ; ) {
    const { items, next } = (await ana.expect(200, 'GET', `/decisions?document=${open}&limit=2${cursor}`)).body
    paged.push(...items)
    if (!next) break
    cursor = `&cursor=${next}`
  }
  assert.deepEqual(paged, await of(ana, `?document=${open}`))
  await ana.expect(422, 'GET', '/decisions?cursor=x')
  const table = (await vera.expect(200, 'GET', '/decisions/export')).body
  assert.match(table, /^decided_at,kind,document,title,passage,suggestion,question,outcome,note,decided_by,id,version,sha256,change,removed\r\n/)
  assert.match(table, /"slow","","Is it done\?","done","'=1\+1","Ana"/)
  assert.ok(!table.includes('Hidden?'))
})

test('[CMT-3] the last two comments of a thread, removed at once, remove the thread (A6)', async () => {
  const { id: document } = (await ana.expect(201, 'POST', '/documents', { title: 'Twice', open_level: 'comment' })).body
  for (let n = 0; n < 8; n++) {
    const { thread_id, comments } = (await ana.expect(201, 'POST', `/documents/${document}/threads`, { body: 'One' })).body
    const second = (await ben.expect(201, 'POST', `/documents/${document}/threads/${thread_id}/comments`, { body: 'Two' })).body.comment_id
    await Promise.all([ana.expect(204, 'DELETE', `/documents/${document}/comments/${comments[0].comment_id}`), ben.expect(204, 'DELETE', `/documents/${document}/comments/${second}`)])
    await ana.expect(404, 'GET', `/documents/${document}/threads/${thread_id}`)
  }
})
