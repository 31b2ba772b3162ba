// Where documents come from: templates, and copies of pages; and links between them.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { HocuspocusProvider, HocuspocusProviderWebsocket } from '@hocuspocus/provider'
import WebSocket from 'ws'
import * as Y from 'yjs'
import { join, newPage, owner, write } from './people.mjs'
import { Server, until } from './server.mjs'

let server, ana, ben, vera, mona

before(async () => {
  server = await Server.start({ args: [] })
  ana = await owner(server)
  ben = await join(ana, 'analyst', 'Ben')
  vera = await join(ana, 'viewer', 'Vera')
  mona = await join(ana, 'manager', 'Mona')
})
after(() => server.stop())

const read = async (person, id, format = 'markdown') => (await person.expect(200, 'GET', `/documents/${id}/content?format=${format}`)).body
const titles = async (person, ...ids) => (await person.expect(200, 'GET', `/documents/titles?ids=${ids.join(',')}`)).body.items.map(({ title }) => title)
const linkTo = ({ id }, words = 'Page') => `[${words}](</documents/${id}> "Page")`
const levelOf = async (person, space, parent) => (await person.expect(200, 'GET', `/spaces/${space}/pages${parent ? `?parent=${parent}` : ''}`)).body.items

test('[TPL-1] a document begins with the text, kind and icon of a built-in template', async () => {
  const { items } = (await ben.expect(200, 'GET', '/templates')).body
  assert.deepEqual(items.map(({ id, audience }) => [id, audience]).slice(0, 2), [['strategy_plan', 'builtin'], ['market_analysis', 'builtin']])
  const whole = (await ben.expect(200, 'GET', '/templates/strategy_plan')).body
  assert.match(whole.html, /<table>/)
  const made = await newPage(ben, { template: 'strategy_plan' })
  assert.deepEqual([made.title, made.kind, made.icon, made.status], ['Strategy plan', 'strategy_plan', '🧭', 'draft'])
  assert.equal(await read(ben, made.id), whole.markdown)
  assert.ok((await ben.expect(200, 'GET', `/documents/${made.id}`)).body.words > 250)
  const own = await newPage(ben, { template: 'case_study', title: 'Norway', kind: 'custom', icon: '' })
  assert.deepEqual([own.title, own.kind, own.icon], ['Norway', 'custom', ''])
  await ben.expect(404, 'POST', '/documents', { template: 'nothing' })
  await vera.expect(403, 'POST', '/documents', { template: 'strategy_plan' })
  await ben.expect(409, 'DELETE', '/templates/strategy_plan')
})

test('[TPL-2] members keep templates for themselves, and managers for the workspace', async () => {
  const page = await newPage(mona, { title: 'Weekly', kind: 'operational_guide', icon: '📅' }, '# Agenda\n\n- one\n')
  const kept = (await mona.expect(201, 'POST', '/templates', { document: page.id, description: 'For Mondays' })).body
  assert.deepEqual([kept.title, kept.audience, kept.kind, kept.icon], ['Weekly', 'personal', 'operational_guide', '📅'])
  await ana.expect(404, 'GET', `/templates/${kept.id}`)
  await ana.expect(404, 'POST', '/documents', { template: kept.id })
  await ana.expect(404, 'DELETE', `/templates/${kept.id}`)
  const shared = (await mona.expect(201, 'POST', '/templates', { document: page.id, title: 'Board', audience: 'workspace' })).body
  assert.deepEqual((await ben.expect(200, 'GET', '/templates')).body.items.slice(0, 1).map(({ title, audience }) => [title, audience]), [['Board', 'workspace']])
  assert.deepEqual((await mona.expect(200, 'GET', '/templates')).body.items.slice(0, 2).map(({ title }) => title), ['Weekly', 'Board'])

  const bens = await newPage(ben, { title: 'Mine' }, 'Text.\n')
  await ben.expect(403, 'POST', '/templates', { document: bens.id, audience: 'workspace' })
  await ben.expect(403, 'PATCH', `/templates/${shared.id}`, { title: 'No' })
  await ben.expect(403, 'DELETE', `/templates/${shared.id}`)
  await ben.expect(404, 'POST', '/templates', { document: page.id })
  // Everybody will read it: whoever shares it must be able to share the document, which is not confidential.
  await ben.expect(204, 'PUT', `/documents/${bens.id}/shares/${mona.id}`, { level: 'edit' })
  await mona.expect(403, 'POST', '/templates', { document: bens.id, audience: 'workspace' })
  const secret = await newPage(mona, { title: 'Secret', sensitivity: 'confidential' }, 'Text.\n')
  await mona.expect(409, 'POST', '/templates', { document: secret.id, audience: 'workspace' })
  await vera.expect(403, 'POST', '/templates', { document: page.id })
  await mona.expect(422, 'POST', '/templates', { document: page.id, audience: 'builtin' })
  await mona.expect(422, 'POST', '/templates', { document: page.id, title: ' ' })

  // Documents that were begun with the template stay as they are.
  const begun = await newPage(ben, { template: shared.id, title: 'May' })
  await write(mona, page.id, '# Another agenda\n')
  assert.equal((await mona.expect(200, 'PATCH', `/templates/${shared.id}`, { document: page.id, title: 'Board 2' })).body.title, 'Board 2')
  assert.match((await ben.expect(200, 'GET', `/templates/${shared.id}`)).body.markdown, /^# Another/)
  assert.equal(await read(ben, begun.id), '# Agenda\n\n- one\n')
  await mona.expect(204, 'DELETE', `/templates/${shared.id}`)
  await ben.expect(404, 'GET', `/templates/${shared.id}`)
})

test('[TREE-5] a copy is a draft of the caller, with the text and without what was said about it', async () => {
  const page = await newPage(ben, { title: 'Plan', kind: 'strategy_plan', tags: ['2027'], sensitivity: 'confidential' }, '# Aims\n\nWe **grow**.\n')
  await ben.expect(201, 'POST', `/documents/${page.id}/threads`, { body: 'Hm' })
  await ben.expect(204, 'PUT', `/documents/${page.id}/shares/${mona.id}`, { level: 'view' })
  const { body: copy } = await mona.expect(201, 'POST', `/documents/${page.id}/duplicate`, {})
  assert.deepEqual([copy.title, copy.kind, copy.tags, copy.sensitivity, copy.status, copy.created_by, copy.right], ['Copy of Plan', 'strategy_plan', ['2027'], 'confidential', 'draft', mona.id, 'admin'])
  // Mona may not add pages to Ben's space: the copy is in her own.
  const [own] = (await mona.expect(200, 'GET', '/spaces')).body
  assert.equal(copy.space_id, own.id)
  assert.equal(await read(mona, copy.id), '# Aims\n\nWe **grow**.\n')
  assert.deepEqual((await mona.expect(200, 'GET', `/documents/${copy.id}/threads`)).body.items ?? [], [])
  await ben.expect(404, 'GET', `/documents/${copy.id}`)
  const { body: beside } = await ben.expect(201, 'POST', `/documents/${page.id}/duplicate`, { title: ' Plan B ' })
  const level = await levelOf(ben, page.space_id)
  assert.equal(level.findIndex(({ id }) => id === beside.id), level.findIndex(({ id }) => id === page.id) + 1)
  assert.equal(beside.title, 'Plan B')

  await vera.expect(404, 'POST', `/documents/${page.id}/duplicate`, {})
  await ben.expect(204, 'PUT', `/documents/${page.id}/shares/${vera.id}`, { level: 'view' })
  await vera.expect(403, 'POST', `/documents/${page.id}/duplicate`, {})
  await ben.expect(422, 'POST', `/documents/${page.id}/duplicate`, { title: '' })
  await ben.expect(404, 'POST', `/documents/${page.id}/duplicate`, { parent: '0198c0de-0000-7000-8000-000000000000' })
  const before = (await ben.expect(200, 'GET', '/documents?limit=200')).body.items.length
  await ben.expect(200, 'DELETE', `/documents/${beside.id}`)
  await ben.expect(410, 'POST', `/documents/${beside.id}/duplicate`, {})
  assert.equal((await ben.expect(200, 'GET', '/documents?limit=200')).body.items.length, before - 1)
})

test('[TREE-5] a copy has the images and files of the text, which stay when the original goes; a template has none', async () => {
  const page = await newPage(ben, { title: 'Charts' })
  const { id: file } = (await ben.expect(201, 'POST', `/documents/${page.id}/attachments?name=n.txt`, Buffer.from('numbers'), { 'content-type': 'application/octet-stream' })).body
  await write(ben, page.id, `Before.\n\n![n.txt](<file:${file}>)\n`)
  const { body: copy } = await ben.expect(201, 'POST', `/documents/${page.id}/duplicate`, {})
  const [, copied] = /file:([0-9a-f-]+)/.exec(await read(ben, copy.id))
  assert.notEqual(copied, file)
  await ben.expect(200, 'DELETE', `/documents/${page.id}`)
  await ben.expect(204, 'POST', `/documents/${page.id}/purge`)
  assert.equal((await ben.expect(200, 'GET', `/documents/${copy.id}/attachments/${copied}/content`)).body, 'numbers')
  const { body: kept } = await ben.expect(201, 'POST', '/templates', { document: copy.id })
  assert.equal((await ben.expect(200, 'GET', `/templates/${kept.id}`)).body.markdown, 'Before.\n')
})

test('[TREE-5] a copy of a subtree has the pages that the caller may see, and links between them lead to the copies', async () => {
  const root = await newPage(ben, { title: 'Handbook' })
  const [first, second] = [await newPage(ben, { title: 'First', parent: root.id }, 'One.\n'), await newPage(ben, { title: 'Second', parent: root.id })]
  const hidden = await newPage(ana, { title: 'Outside' })
  const leaf = await newPage(ben, { title: 'Leaf', parent: second.id }, `See ${linkTo(first)}, ${linkTo(root)} and ${linkTo(hidden)}.\n`)
  await ben.expect(200, 'DELETE', `/documents/${(await newPage(ben, { title: 'Gone', parent: root.id })).id}`)
  const { body: copy } = await ben.expect(201, 'POST', `/documents/${root.id}/duplicate`, { subtree: true, title: 'Handbook 2' })
  const below = await levelOf(ben, copy.space_id, copy.id)
  assert.deepEqual(below.map(({ title, has_children }) => [title, has_children]), [['First', false], ['Second', true]])
  const [copied] = await levelOf(ben, copy.space_id, below[1].id)
  assert.notEqual(copied.id, leaf.id)
  assert.equal(await read(ben, copied.id), `See ${linkTo(below[0], 'First')}, ${linkTo(copy, 'Handbook 2')} and ${linkTo(hidden)}.\n`)
  assert.equal(await read(ben, below[0].id), 'One.\n')
})

test('[PROSE-17] a link to a page shows the current title, and to somebody who may not see the page only that it is a link', async () => {
  const target = await newPage(ben, { title: 'Budget' })
  const page = await newPage(ben, { title: 'Plan' }, `See ${linkTo(target)}.\n`)
  await ben.expect(204, 'PUT', `/documents/${page.id}/shares/${mona.id}`, { level: 'view' })
  assert.equal(await read(ben, page.id), `See ${linkTo(target, 'Budget')}.\n`)
  assert.equal(await read(mona, page.id), `See ${linkTo(target)}.\n`)
  assert.match(await read(ben, page.id, 'html'), new RegExp(`<a href="/documents/${target.id}" data-page="${target.id}">Budget</a>`))
  assert.deepEqual(JSON.parse(JSON.stringify(await read(mona, page.id, 'json'))).content[0].content[1], { type: 'pageLink', attrs: { document: target.id } })
  const { etag } = await ben.expect(200, 'GET', `/documents/${target.id}`)
  await ben.expect(200, 'PATCH', `/documents/${target.id}`, { title: 'Budget [2027]' }, { 'if-match': etag })
  const shown = await read(ben, page.id)
  assert.equal(shown, `See ${linkTo(target, 'Budget \\[2027\\]')}.\n`)
  // What was read can be written back: nothing changes.
  const { etag: was } = await ben.expect(200, 'GET', `/documents/${page.id}/content`)
  await write(ben, page.id, shown)
  assert.equal((await ben.expect(200, 'GET', `/documents/${page.id}/content`)).etag, was)

  // The same in what is kept of it.
  const { revision_id: kept } = (await ben.expect(201, 'POST', `/documents/${page.id}/revisions`, { name: 'Then' })).body
  assert.match((await ben.expect(200, 'GET', `/documents/${page.id}/revisions/${kept}/content`)).body, /Budget/)
  assert.doesNotMatch((await mona.expect(200, 'GET', `/documents/${page.id}/revisions/${kept}/content`)).body, /Budget/)

  assert.deepEqual((await titles(ben, target.id, page.id)).sort(), ['Budget [2027]', 'Plan'])
  assert.deepEqual(await titles(mona, target.id, page.id), ['Plan'])
  await ben.expect(200, 'DELETE', `/documents/${target.id}`)
  assert.deepEqual(await titles(ben, target.id), [])
  await ben.expect(422, 'GET', '/documents/titles?ids=plan')
  await ben.expect(422, 'GET', `/documents/titles?ids=${Array(101).fill(page.id).join(',')}`)

  // A guest by a link sees the pages of their links.
  const { url } = (await ben.expect(201, 'POST', `/documents/${page.id}/links`, { level: 'view' })).body
  const guest = new (Object.getPrototypeOf(ben).constructor)(server)
  await guest.expect(200, 'POST', '/links/enter', { token: url.split('#')[1], name: 'Gus' })
  assert.deepEqual(await titles(guest, target.id, page.id), ['Plan'])
})

test('[SYNC-30] a page that was loaded before the schema changed does not open a document', async () => {
  const { version } = JSON.parse(readFileSync(new URL('../../crates/document/src/prose/schema.json', import.meta.url)))
  const page = await newPage(ben, { title: 'Plan' }, 'Text.\n')
  for (const [schema, isDenied] of [[version - 1, true], [version, false], [undefined, false]]) {
    const { provider, heard, end } = ben.open(page.id)
    await until(() => heard.scopes.length > 0, 'admitted')
    provider.sendStateless(JSON.stringify({ t: 'hello', schema, document: page.id }))
    if (isDenied) await until(() => heard.denied.includes('outdated-page'), 'refused')
    else await until(() => heard.told.some(({ t }) => t === 'durable'), 'greeted')
    assert.equal(heard.denied.length, isDenied ? 1 : 0)
    end()
  }
  // A version in the address is known before the first answer. A page that states no version counts as an earlier one;
  // a client with a token of its own is not one of our pages.
  for (const [query, token, isDenied] of [['', '', true], [`?schema=${version - 1}`, '', true], [`?schema=${version}`, '', false], [`?schema=${version + 1}`, '', false], ['', 'cookie', false]]) {
    const headers = { cookie: ben.cookie, origin: server.url }
    class Browser extends WebSocket {
      constructor(url) {
        super(url, { headers })
      }
    }
    const websocketProvider = new HocuspocusProviderWebsocket({ url: server.collab + query, WebSocketPolyfill: Browser })
    const heard = []
    const document = new Y.Doc()
    const provider = new HocuspocusProvider({ websocketProvider, name: page.id, document, token, onSynced: () => heard.push('synced'), onAuthenticationFailed: ({ reason }) => heard.push(reason) })
    provider.attach()
    await until(() => heard.length > 0, `${query} is answered`)
    assert.deepEqual(heard, [isDenied ? 'outdated-page' : 'synced'], query)
    assert.equal(document.getXmlFragment('default').length, isDenied ? 0 : 1, query)
    provider.destroy()
    websocketProvider.destroy()
  }
})
