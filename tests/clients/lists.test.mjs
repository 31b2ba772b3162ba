// What helps a person find a document again: tags with counts, favourites, recent documents, what was shared, the archive
// and the trash; and which of these others must not see.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Person, join, owner } from './people.mjs'
import { Server, until } from './server.mjs'

const WITHIN = 30_000
let server, ana, ben, mona, vera

before(async () => {
  server = await Server.start({ args: [], env: { CONSILIUM_TRASH_DAYS: '12' } })
  ana = await owner(server)
  ben = await join(ana, 'analyst', 'Ben')
  mona = await join(ana, 'manager', 'Mona')
  vera = await join(ana, 'viewer', 'Vera')
})
after(() => server.stop())

const make = async (person, fields) => (await person.expect(201, 'POST', '/documents', fields)).body
const read = async (person, id) => (await person.expect(200, 'GET', `/documents/${id}`)).body
const change = async (person, id, fields) => {
  const { etag } = await person.expect(200, 'GET', `/documents/${id}`)
  return (await person.expect(200, 'PATCH', `/documents/${id}`, fields, { 'if-match': etag })).body
}
const counts = async (person, query = '') => Object.fromEntries((await person.expect(200, 'GET', `/tags${query}`)).body.map(({ name, documents }) => [name, documents]))
const tagId = async (person, name) => (await person.expect(200, 'GET', '/tags?archived=true')).body.find((tag) => tag.name === name).id
const titles = async (person, query = '') => (await person.expect(200, 'GET', `/documents${query}`)).body.items.map(({ title }) => title)

test('[LIST-1] a document has its tags in their order, each once, within limits', async () => {
  const { id, tags } = await make(ana, { title: 'Tagged', tags: [' zinc ', 'a "b"', 'zinc', 'Zinc', 'süd'] })
  assert.deepEqual(tags, ['zinc', 'a "b"', 'Zinc', 'süd'])
  assert.deepEqual((await change(ana, id, { title: 'Still tagged' })).tags, tags, 'a change of other fields leaves the tags as they are')
  assert.deepEqual((await change(ana, id, { tags: ['süd', 'west'] })).tags, ['süd', 'west'])
  for (const [tag, found] of [['süd', 1], ['zinc', 0], ['s', 0], ['SÜD', 0]]) {
    assert.equal((await titles(ana, `?tag=${encodeURIComponent(tag)}`)).length, found, tag)
  }
  assert.equal((await counts(ana)).zinc, undefined, 'a tag that no document has is gone')
  const { etag } = await ana.expect(200, 'GET', `/documents/${id}`)
  const refused = [['', ' ', 'a\nb', 'x'.repeat(101), 'ü'.repeat(51)].map((tag) => [tag]), [Array.from({ length: 51 }, (_, n) => `t${n}`)]].flat()
  for (const tags of refused) await ana.expect(422, 'PATCH', `/documents/${id}`, { tags }, { 'if-match': etag })
  const most = Array.from({ length: 50 }, (_, n) => `t${n}`)
  assert.deepEqual((await change(ana, id, { tags: most })).tags, most)
  assert.deepEqual((await change(ana, id, { tags: [] })).tags, [])
})

test('[LIST-1] a workspace has up to 2,000 tags', async () => {
  const full = await Server.start({ args: [], env: { CONSILIUM_REQUESTS_PER_MINUTE_OF_ADDRESS: '1000000' } })
  const bea = await owner(full)
  const names = (from) => Array.from({ length: 50 }, (_, n) => `t${from + n}`)
  for (let n = 0; n < 40; n++) await make(bea, { title: 'Many', tags: names(n * 50) })
  const refused = await bea.expect(409, 'POST', '/documents', { title: 'One more', tags: ['new'] })
  assert.match(refused.body.detail, /at most 2,000 tags/)
  await make(bea, { title: 'Known ones', tags: names(0) })
  assert.equal((await bea.expect(200, 'GET', '/tags')).body.length, 2_000)
  await full.stop()
})

test('[LIST-2] tags are counted only on documents that the caller may see', async () => {
  const open = await make(ana, { title: 'Open', tags: ['shown', 'both'], open_level: 'view' })
  const own = await make(ana, { title: 'Private', tags: ['hidden', 'both'] })
  assert.deepEqual([(await counts(ana)).both, (await counts(ana)).hidden], [2, 1])
  assert.deepEqual([(await counts(ben)).both, (await counts(ben)).shown, (await counts(ben)).hidden], [1, 1, undefined])
  await ana.expect(204, 'PUT', `/documents/${own.id}/shares/${ben.id}`, { level: 'view' })
  assert.deepEqual([(await counts(ben)).both, (await counts(ben)).hidden], [2, 1])
  await ana.expect(204, 'DELETE', `/documents/${own.id}/shares/${ben.id}`)
  await ana.expect(204, 'POST', `/documents/${open.id}/status`, { status: 'archived' })
  assert.deepEqual([await counts(ben), (await counts(ben, '?archived=true')).both], [{}, 1])
  await ana.expect(200, 'DELETE', `/documents/${open.id}`)
  assert.deepEqual(await counts(ben, '?archived=true'), {})
})

test('[LIST-3] managers rename, merge and remove the tags that they see, for the whole workspace', async () => {
  const one = await make(ana, { title: 'One', tags: ['nord', 'x'], open_level: 'edit' })
  const two = await make(ana, { title: 'Two', tags: ['nord'] })
  const three = await make(ana, { title: 'Three', tags: ['north', 'nord'] })
  const nord = await tagId(ana, 'nord')
  for (const person of [ben, vera]) {
    await person.expect(403, 'PATCH', `/tags/${nord}`, { name: 'North' })
    await person.expect(403, 'DELETE', `/tags/${nord}`)
  }
  const audits = async () => (await ana.expect(200, 'GET', '/audit')).body.items.filter(({ action }) => action.startsWith('tag.'))
  const north = await tagId(ana, 'north')
  await mona.expect(404, 'PATCH', `/tags/${north}`, { name: 'North' })
  await mona.expect(404, 'POST', `/tags/${nord}/merge`, { into: north })
  await mona.expect(422, 'POST', `/tags/${nord}/merge`, { into: nord })
  await mona.expect(422, 'PATCH', `/tags/${nord}`, { name: ' ' })
  assert.deepEqual(await audits(), [])

  // On three documents, of which she sees one.
  const { etag } = await ana.expect(200, 'GET', `/documents/${two.id}`)
  assert.deepEqual((await mona.expect(200, 'PATCH', `/tags/${nord}`, { name: 'Norden' })).body, { id: nord, name: 'Norden', documents: 1 })
  await ana.expect(412, 'PATCH', `/documents/${two.id}`, { tags: ['nord', 'mine'] }, { 'if-match': etag })
  assert.deepEqual([(await read(ana, two.id)).tags, (await read(ana, three.id)).tags], [['Norden'], ['north', 'Norden']])
  // She renames a tag to the name of one that she does not see: nothing reveals to her that this tag existed.
  assert.deepEqual((await mona.expect(200, 'PATCH', `/tags/${nord}`, { name: 'north' })).body, { id: nord, name: 'north', documents: 1 })
  assert.deepEqual((await read(ana, three.id)).tags, ['north'])
  assert.equal((await counts(ana)).north, 3)

  const x = await tagId(ana, 'x')
  assert.equal((await mona.expect(200, 'POST', `/tags/${nord}/merge`, { into: x })).body.documents, 1)
  assert.equal((await counts(ana)).x, 3)
  await mona.expect(404, 'DELETE', `/tags/${nord}`)
  await mona.expect(204, 'DELETE', `/tags/${x}`)
  assert.deepEqual((await read(ana, one.id)).tags, [])
  const rows = await audits()
  assert.deepEqual(rows.map(({ action }) => action), ['tag.remove', 'tag.merge', 'tag.merge', 'tag.rename'])
  assert.equal(/nord|north/i.test(JSON.stringify(rows)), false, 'no words in the audit')
})

test('[LIST-4] a guest who came by a link sees no tags, and has no favourites or recent documents', async () => {
  const { id } = await make(ana, { title: 'For guests', tags: ['at risk'] })
  const { url } = (await ana.expect(201, 'POST', `/documents/${id}/links`, { level: 'edit' })).body
  const token = url.split('#')[1]
  const mia = new Person(server)
  await mia.expect(200, 'POST', '/links/enter', { token, name: 'Mia' })
  assert.deepEqual((await read(mia, id)).tags, [])
  for (const route of ['/tags', '/me/favourites', '/me/recent', '/trash']) await mia.expect(401, 'GET', route)
  await mia.expect(401, 'PUT', `/me/favourites/${id}`, {})

  // A member of another workspace who came by the link does not see them either.
  const home = (await ana.expect(200, 'GET', '/me')).body.workspace_id
  const elsewhere = (await ana.expect(201, 'POST', '/workspaces', { name: 'Elsewhere' })).body.workspace_id
  await ana.expect(204, 'PUT', '/me/workspace', { workspace_id: elsewhere })
  const olga = await join(ana, 'admin', 'Olga')
  await ana.expect(204, 'PUT', '/me/workspace', { workspace_id: home })
  await olga.expect(200, 'POST', '/links/enter', { token })
  assert.deepEqual((await read(olga, id)).tags, [])
  assert.deepEqual((await olga.expect(200, 'GET', '/tags')).body, [])
  await olga.expect(404, 'PUT', `/me/favourites/${id}`, {})
  await olga.expect(404, 'PUT', `/me/recent/${id}`)
})

test('[LIST-5] archived documents are left out of lists and of the tree, unless they are asked for', async () => {
  const space = (await ana.expect(201, 'POST', '/spaces', { name: 'Old' })).body.id
  const top = await make(ana, { title: 'Closed', space })
  await make(ana, { title: 'Below', parent: top.id })
  await make(ana, { title: 'Kept', space })
  const level = async (query = '') => (await ana.expect(200, 'GET', `/spaces/${space}/pages${query}`)).body.items.map(({ title, has_children }) => title + (has_children ? '+' : ''))
  await ana.expect(204, 'POST', `/documents/${top.id}/status`, { status: 'archived' })
  assert.deepEqual([await level(), await level('?archived=true')], [['Kept'], ['Closed+', 'Kept']])
  const has = async (query) => (await titles(ana, query)).filter((title) => ['Closed', 'Below'].includes(title)).toSorted()
  assert.deepEqual([await has('?limit=200'), await has('?limit=200&archived=true'), await has('?status=archived')], [['Below'], ['Below', 'Closed'], ['Closed']])
  await ana.expect(204, 'POST', `/documents/${top.id}/status`, { status: 'draft' })
  assert.deepEqual([await level(), await has('?limit=200')], [['Closed+', 'Kept'], ['Below', 'Closed']])
})

test('[LIST-6] favourites stay in the order that the person gave them', async () => {
  const ids = []
  for (const title of ['A', 'B', 'C']) ids.push((await make(ana, { title, open_level: 'view' })).id)
  const shown = async (person = ben) => (await person.expect(200, 'GET', '/me/favourites')).body.map(({ title }) => title).join('')
  for (const id of ids) await ben.expect(204, 'PUT', `/me/favourites/${id}`, {})
  await ben.expect(204, 'PUT', `/me/favourites/${ids[2]}`, { after: null })
  assert.deepEqual([await shown(), await shown(ana)], ['CAB', ''])
  await change(ana, ids[0], { open_level: null })
  assert.equal(await shown(), 'CB', 'without the document that he may no longer see')
  await change(ana, ids[0], { open_level: 'view' })
  await ben.expect(204, 'PUT', `/me/favourites/${ids[2]}`, { after: ids[0] })
  assert.equal(await shown(), 'ACB')
  await ben.expect(204, 'DELETE', `/me/favourites/${ids[0]}`)
  await ben.expect(404, 'DELETE', `/me/favourites/${ids[0]}`)
  await ana.expect(200, 'DELETE', `/documents/${ids[1]}`)
  await ben.expect(410, 'PUT', `/me/favourites/${ids[1]}`, {})
  assert.equal(await shown(), 'C')
  const hidden = await make(ana, { title: 'Hidden' })
  await ben.expect(404, 'PUT', `/me/favourites/${hidden.id}`, {})
  for (let n = 0; n < 98; n++) await vera.expect(204, 'PUT', `/me/favourites/${(await make(ana, { title: 'Many', open_level: 'view' })).id}`, {})
  for (const id of [ids[0], ids[2]]) await vera.expect(204, 'PUT', `/me/favourites/${id}`, {})
  await vera.expect(409, 'PUT', `/me/favourites/${(await make(ana, { title: 'Many', open_level: 'view' })).id}`, {})
})

test('[LIST-7] recent documents are those that a person opened or edited last', async () => {
  const [opened, edited] = [await make(ana, { title: 'Opened', open_level: 'edit' }), await make(ana, { title: 'Edited', open_level: 'edit' })]
  const recent = async (person) => (await person.expect(200, 'GET', '/me/recent')).body.map(({ document }) => document.title)
  await mona.expect(204, 'PUT', `/me/recent/${opened.id}`)
  assert.deepEqual([await recent(mona), await recent(ben)], [['Opened'], []])
  const open = mona.open(edited.id)
  await until(() => open.provider.isSynced, 'she is in', WITHIN)
  open.text.insert(0, 'Her words')
  await until(async () => (await recent(mona)).includes('Edited'), 'her edit is noted', WITHIN)
  open.end()
  await change(ana, opened.id, { open_level: null })
  assert.deepEqual(await recent(mona), ['Edited'])
  await mona.expect(404, 'PUT', `/me/recent/${opened.id}`)
})

test('[LIST-8] lists what others shared directly with a person, or with one of the groups that the person is in', async () => {
  const [named, grouped, open] = [await make(ana, { title: 'By name' }), await make(ana, { title: 'By group' }), await make(ana, { title: 'For all', open_level: 'edit' })]
  const { group_id: group } = (await ana.expect(201, 'POST', '/groups', { name: 'Team' })).body
  await ana.expect(204, 'PUT', `/groups/${group}/members/${mona.id}`)
  await ana.expect(204, 'PUT', `/documents/${named.id}/shares/${mona.id}`, { level: 'view' })
  await ana.expect(204, 'PUT', `/documents/${grouped.id}/group-shares/${group}`, { level: 'view' })
  await make(mona, { title: 'Her own', tags: ['hers'] })
  assert.deepEqual((await titles(mona, '?shared=true&sort=title')), ['By group', 'By name'])
  await change(ana, named.id, { tags: ['hers'] })
  assert.deepEqual(await titles(mona, '?shared=true&tag=hers'), ['By name'])
  assert.deepEqual(await titles(mona, `?owner=${mona.id}`), ['Her own'])
  await ana.expect(204, 'DELETE', `/documents/${named.id}/shares/${mona.id}`)
  assert.deepEqual(await titles(mona, '?shared=true'), ['By group'])
  assert.ok(open.id)
})

test('[LIST-9] the trash says when, and by whom, a document was put there and when it will be removed, and its texts can be read by those who may restore', async () => {
  const top = await make(ana, { title: 'Thrown away', open_level: 'edit' })
  await make(ana, { title: 'With it', parent: top.id })
  const { etag } = await ana.expect(200, 'GET', `/documents/${top.id}/content`)
  await ana.expect(204, 'PUT', `/documents/${top.id}/content`, '# Words\n', { 'content-type': 'text/markdown', 'if-match': etag })
  await ana.expect(404, 'GET', `/trash/${top.id}/content`)
  await ana.expect(204, 'PUT', `/documents/${top.id}/shares/${mona.id}`, { level: 'admin' })
  await mona.expect(200, 'DELETE', `/documents/${top.id}?children=trash`)
  const trash = async (person) => (await person.expect(200, 'GET', '/trash')).body.items.find(({ document }) => document.id === top.id)
  const { document, trashed_by, pages, purged_at } = await trash(ana)
  assert.deepEqual([document.title, trashed_by, pages], ['Thrown away', { id: mona.id, name: 'Mona' }, 1])
  assert.equal(Date.parse(purged_at) - Date.parse(document.trashed_at), 12 * 86_400_000)
  assert.equal((await trash(mona)).pages, 1)
  assert.equal(await trash(ben), undefined, 'he cannot restore it')
  assert.equal((await mona.expect(200, 'GET', `/trash/${top.id}/content`)).body, '# Words\n')
  await ben.expect(403, 'GET', `/trash/${top.id}/content`)
  await ana.expect(410, 'GET', `/documents/${top.id}/content`)

  const { body } = await ana.expect(200, 'GET', '/trash?limit=1')
  const rest = (await ana.expect(200, 'GET', `/trash?cursor=${encodeURIComponent(body.next)}`)).body.items
  assert.equal(rest.some(({ document }) => document.id === body.items[0].document.id), false)
  await ana.expect(422, 'GET', '/trash?cursor=x')
  await mona.expect(200, 'POST', `/documents/${top.id}/restore`)
  await mona.expect(200, 'DELETE', `/documents/${top.id}?children=trash`)
  await mona.expect(204, 'POST', `/documents/${top.id}/purge`)
  assert.equal(await trash(ana), undefined)
})
