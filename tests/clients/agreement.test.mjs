// Every way to a document agrees with the right to it: for 200 pairs of a person and a document, each list, count,
// search, export and file shows exactly what opening the document would.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'
import { join, newPage, owner, release } from './people.mjs'
import { Server, until } from './server.mjs'
import { database } from './stores.mjs'
import { unpacked } from './unpacked.mjs'

const PATIENCE = 60_000
const DOCUMENTS = 40
const PICTURE = readFileSync(fileURLToPath(new URL('../../docs/images/list-light.png', import.meta.url)))
const BINARY = { 'content-type': 'application/octet-stream' }

/** A generator of numbers that are the same in every run. */
function dice(seed) {
  let state = seed
  return (sides) => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) % sides
}

/** Five people, two spaces and forty documents with texts, links, files and random rights. */
async function workspace(server) {
  const roll = dice(7)
  const pick = (some) => some[roll(some.length)]
  const bea = await owner(server)
  const people = [bea]
  for (const [n, role] of ['analyst', 'manager', 'viewer', 'analyst'].entries()) people.push(await join(bea, role, `P${n}`))
  const { group_id: group } = (await bea.expect(201, 'POST', '/groups', { name: 'Team' })).body
  for (const person of [people[1], people[3]]) await bea.expect(204, 'PUT', `/groups/${group}/members/${person.id}`)
  const spaces = []
  for (const name of ['Open', 'Closed']) spaces.push((await bea.expect(201, 'POST', '/spaces', { name, ...(name === 'Open' && { open_level: 'view' }) })).body.id)
  await bea.expect(204, 'PUT', `/spaces/${spaces[1]}/members/${people[4].id}`, { level: 'edit' })
  const hub = await newPage(bea, { title: 'Hub', open_level: 'view' })
  const documents = []
  for (let n = 0; n < DOCUMENTS; n++) {
    const parent = roll(2) && documents.length > 0 ? pick(documents) : undefined
    const place = parent ? { parent: parent.id } : { space: pick([...spaces, undefined]) }
    const { id } = await newPage(bea, { title: `Dossier${n}`, tags: [`t${n}`, 'all'], open_level: 'view', ...place }, `Commonplace words, ${n}uniqueword, [hub](</documents/${hub.id}> "Page").\n`)
    documents.push({ id, n, parent, tag: `t${n}`, name: `Dossier${n}` })
  }
  for (const document of documents.slice(0, 20)) {
    const at = `/documents/${document.id}/attachments`
    document.file = (await bea.expect(201, 'POST', `${at}?name=filename-${document.n}.png`, PICTURE, BINARY)).body
  }
  for (const person of people) {
    for (const { id } of documents) {
      await person.expect(204, 'PUT', `/me/favourites/${id}`, {})
      await person.expect(204, 'PUT', `/me/recent/${id}`)
    }
  }
  for (const { id } of documents) {
    const { etag } = await bea.expect(200, 'GET', `/documents/${id}`)
    await bea.expect(200, 'PATCH', `/documents/${id}`, { open_level: pick([null, null, null, 'view']), inherits: roll(3) > 0 }, { 'if-match': etag })
    if (roll(3) === 0) await bea.expect(204, 'PUT', `/documents/${id}/shares/${pick(people.slice(1)).id}`, { level: pick(['view', 'edit', 'admin']) })
    if (roll(5) === 0) await bea.expect(204, 'PUT', `/documents/${id}/group-shares/${group}`, { level: pick(['view', 'admin']) })
  }
  for (const document of documents.slice(0, 4)) {
    await release(bea, document.id)
    document.page = (await bea.expect(200, 'PUT', `/documents/${document.id}/publication`, {})).body.url
  }
  for (let n = 0; n < 6; n++) {
    const document = pick(documents)
    await bea.call('DELETE', `/documents/${document.id}?children=keep`)
    document.isTrashed = true
  }
  return { bea, people, hub, documents }
}

for (const [engine, env] of [['SQLite', () => ({})], ['Postgres', () => ({ CONSILIUM_DATABASE_URL: database().href })]]) {
  test(`[LIST-2] [FIND-4] [OUT-3] [FILE-1] for 200 pairs of a person and a document, every way to it agrees with the right, on ${engine}`, { timeout: 600_000 }, async (t) => {
    const server = await Server.start({ args: [], env: env() })
    t.after(() => server.stop())
    const { bea, people, hub, documents } = await workspace(server)
    const living = documents.filter(({ isTrashed }) => !isTrashed)
    const search = async (person, q) => (await person.expect(200, 'GET', `/search?limit=50&q=${encodeURIComponent(q)}`)).body
    await until(async () => (await search(bea, 'commonplace')).total === living.length && (await search(bea, 'filename')).total === living.filter(({ file }) => file).length, 'everything is indexed', PATIENCE)
    const wrong = []
    let seen = 0
    for (const [index, person] of people.entries()) {
      const get = async (path) => (await person.expect(200, 'GET', path)).body
      const [list, tags, favourites, recent, trash, links, titles, found, inFiles, spaces] = await Promise.all([
        get('/documents?limit=200'), get('/tags'), get('/me/favourites'), get('/me/recent?limit=100'), get('/trash?limit=200'), get(`/documents/${hub.id}/backlinks`),
        get(`/documents/titles?ids=${documents.map(({ id }) => id)}`), search(person, 'commonplace'), search(person, 'filename'), get('/spaces'),
      ])
      const inTree = []
      const walk = async (space, parent) => {
        for (const page of (await get(`/spaces/${space}/pages?limit=100${parent ? `&parent=${parent}` : ''}`)).items) {
          inTree.push(page.id)
          if (page.has_children) await walk(space, page.id)
        }
      }
      const exported = []
      for (const { id } of spaces) {
        await walk(id)
        exported.push(...Object.keys((await unpacked(person, `/spaces/${id}/export`)).files))
      }
      const idOf = (name) => documents.find((document) => document.tag === name)?.id
      const ways = {
        list: list.items.map(({ id }) => id), favourites: favourites.map(({ id }) => id), recent: recent.map(({ document }) => document.id),
        tags: tags.map(({ name }) => idOf(name)), titles: titles.items.map(({ id }) => id), search: found.items.map(({ id }) => id),
      }
      const rights = new Map()
      for (const { id } of documents) rights.set(id, await person.call('GET', `/documents/${id}`))
      const sees = (document) => rights.get(document.id).status === 200 && !document.isTrashed
      /** Whether the tree leads to a page: all pages above it are visible. A page shared alone is only in a list. */
      const isReached = (document) => !document || (sees(document) && isReached(document.parent))
      for (const document of documents) {
        const { id, n, tag, name, file, isTrashed } = document
        const { body } = rights.get(id)
        const expected = sees(document)
        const check = (way, is, should = expected) => is === should || wrong.push(`${way} of person ${index}: ${tag} is ${should ? 'missing' : 'shown'}`)
        for (const [way, ids] of Object.entries(ways)) check(way, ids.includes(id))
        check('search for its word', (await search(person, `${n}uniqueword`)).items.some((hit) => hit.id === id))
        check('suggestions', (await get(`/search/suggest?q=${name}`)).items.some((hit) => hit.id === id))
        check('the content', (await person.call('GET', `/documents/${id}/content`)).status === 200)
        if (links.backlinks.length < 100) check('backlinks', links.backlinks.some((page) => page.id === id))
        check('the trash', trash.items.some((one) => one.document.id === id), body.right === 'admin' && isTrashed === true)
        if (!expected) for (const [way, has] of [['the tree', inTree.includes(id)], ['an export', exported.some((file) => file.split('/').at(-1) === `${name}.md`)]]) check(way, has)
        else if (isReached(document) && spaces.some((space) => space.id === body.space_id)) {
          check('the tree', inTree.includes(id))
          check('an export', exported.some((file) => file.split('/').at(-1) === `${name}.md`))
        }
        if (file) {
          check('the name of its file', inFiles.items.some((hit) => hit.id === id))
          check('its content', (await fetch(`${server.url}/api/v1/documents/${id}/attachments/${file.id}/content`, { headers: { cookie: person.cookie } })).status === 200)
          // A thumbnail has a signed URL, which this answer alone gives.
          const { status, body: files } = await person.call('GET', `/documents/${id}/attachments`)
          check('its thumbnail', status === 200 && (await fetch(server.url + new URL(files[0].thumbnail_url, server.url).pathname)).status === 200)
        }
        seen += expected ? 1 : 0
      }
      const visible = ways.list.filter((id) => id !== hub.id).length
      const counts = { 'the count of a tag': tags.find(({ name }) => name === 'all')?.documents ?? 0, 'the total of a search': found.total, 'a facet': found.facets.tag.find(({ value }) => value === 'all')?.count ?? 0, 'facets by status': found.facets.status.reduce((sum, { count }) => sum + count, 0) }
      for (const [what, count] of Object.entries(counts)) if (count !== visible) wrong.push(`${what} for person ${index}: ${count}, not ${visible}`)
    }
    for (const { page, isTrashed, tag } of documents.filter(({ page }) => page)) {
      if ((await fetch(page)).ok === (isTrashed === true)) wrong.push(`the public page: ${tag}`)
    }
    assert.deepEqual(wrong, [])
    assert.ok(seen > 60 && seen < 180, `${seen} of 200`)
  })
}
