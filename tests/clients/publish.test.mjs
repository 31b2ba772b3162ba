// Published texts on the web: what visitors read, and what takes a text off the web.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Person, join, newPage, owner, release, write } from './people.mjs'
import { Server, until } from './server.mjs'

let server, ana, ben, vera

before(async () => {
  server = await Server.start({ args: [] })
  ana = await owner(server)
  ben = await join(ana, 'analyst', 'Ben')
  vera = await join(ana, 'viewer', 'Vera')
})
after(() => server.stop())

const change = async (person, id, fields) => {
  const { etag } = await person.expect(200, 'GET', `/documents/${id}`)
  return person.expect(200, 'PATCH', `/documents/${id}`, fields, { 'if-match': etag })
}
const open = async (url, headers = {}) => {
  const answer = await fetch(url, { redirect: 'manual', headers: { 'user-agent': 'Mozilla/5.0', ...headers } })
  return { status: answer.status, headers: answer.headers, text: await answer.text() }
}
const published = async (fields, text) => {
  const page = await newPage(ana, fields, text)
  await release(ana, page.id)
  return page
}

test('[PUB-1] visitors read the published text of a document, never the draft, and without signing in', async () => {
  const page = await newPage(ana, { title: 'Plan <2027>', icon: '🧭' }, '# Aims\n\nWe **grow** in Norway.\n\n![](https://example.org/a.png)\n')
  const at = `/documents/${page.id}/publication`
  await ana.expect(404, 'GET', at)
  await ana.expect(409, 'PUT', at, {})
  await release(ana, page.id)
  const { body: made } = await ana.expect(200, 'PUT', at, {})
  assert.match(made.url, new RegExp(`^${server.url}/p/plan-2027-[a-z2-7]{10}$`))
  assert.deepEqual([made.robots, made.language, made.views, made.is_shown], ['noindex', 'en', 0, true])
  const shown = await open(made.url)
  assert.equal(shown.status, 200)
  assert.match(shown.text, /<title>Plan &lt;2027&gt;<\/title>/)
  assert.match(shown.text, /<h1>Aims<\/h1><p>We <strong>grow<\/strong> in Norway\.<\/p>/)
  assert.match(shown.text, /<meta name="robots" content="noindex, nofollow">/)
  assert.match(shown.text, /<meta name="description" content="Aims We grow in Norway\.">/)
  assert.match(shown.text, /<meta property="og:image" content="https:\/\/example.org\/a.png">/)
  assert.doesNotMatch(shown.text, /<script|ana@|set-cookie/i)
  assert.deepEqual([shown.headers.get('set-cookie'), shown.headers.get('cache-control'), shown.headers.get('x-robots-tag')], [null, 'public, no-cache', 'noindex, nofollow'])
  assert.match(shown.headers.get('content-security-policy'), /default-src 'none'/)
  assert.equal((await open(made.url, { 'if-none-match': shown.headers.get('etag') })).status, 304)

  // The next version is written: visitors still read the published one.
  await write(ana, page.id, '# Secret aims\n')
  await ana.expect(204, 'POST', `/documents/${page.id}/status`, { status: 'draft' })
  assert.equal((await open(made.url)).text, shown.text)
  await release(ana, page.id)
  assert.match((await open(made.url)).text, /<h1>Secret aims<\/h1>/)
  // An approval alone publishes nothing.
  await ana.expect(204, 'POST', `/documents/${page.id}/status`, { status: 'draft' })
  await write(ana, page.id, '# Third\n')
  const { approval_id: approval } = (await ana.expect(201, 'POST', `/documents/${page.id}/approvals`, { steps: [{ name: 'Lead', people: [{ kind: 'account', id: ana.id }] }] })).body
  await ana.expect(200, 'POST', `/documents/${page.id}/approvals/${approval}/decide`, { verdict: 'approve' })
  assert.match((await open(made.url)).text, /Secret aims/)
})

test('[EDIT-17] [EDIT-18] a public page has its notes below the text, and cards as links without frames', async () => {
  const page = await published({ title: 'Notes' }, 'Growth[^1] slowed.\n\n![A talk](<embed:https://vimeo.com/76>)\n\n[^1]: In real terms: https://a.example/x.\n')
  const { body: made } = await ana.expect(200, 'PUT', `/documents/${page.id}/publication`, {})
  const shown = await open(made.url)
  assert.match(shown.text, /Growth<sup[^>]*><a href="#fn-1" id="fnref-1" role="doc-noteref"[^>]*>1<\/a><\/sup> slowed/)
  assert.match(shown.text, /<section role="doc-endnotes"><ol><li id="fn-1">In real terms: <a rel="[^"]*" href="https:\/\/a\.example\/x">/)
  assert.match(shown.text, /<figure data-embed="https:\/\/vimeo\.com\/76" data-title="A talk"><a [^>]*href="https:\/\/vimeo\.com\/76"[^>]*>A talk<\/a><\/figure>/)
  assert.doesNotMatch(shown.text, /<iframe/)
  assert.doesNotMatch(shown.headers.get('content-security-policy'), /frame-src/)
})

test('[PUB-2] only those who administer a document put it on the web, and it leaves at once', async () => {
  const page = await newPage(ana, { title: 'Ours', open_level: 'approve' }, 'Text.\n')
  await release(ana, page.id)
  const at = `/documents/${page.id}/publication`
  await ben.expect(403, 'PUT', at, {})
  const { body: made } = await ana.expect(200, 'PUT', at, {})
  assert.equal((await vera.expect(200, 'GET', at)).body.url, made.url)
  await ben.expect(403, 'DELETE', at)
  assert.equal((await open(made.url)).status, 200)

  // Trash, archive and a higher sensitivity each take the page off the web.
  for (const [away, back] of [
    [() => ana.expect(200, 'DELETE', `/documents/${page.id}`), () => ana.expect(200, 'POST', `/documents/${page.id}/restore`)],
    [() => change(ana, page.id, { sensitivity: 'confidential' }), () => change(ana, page.id, { sensitivity: 'internal' })],
  ]) {
    await away()
    assert.equal((await open(made.url)).status, 404)
    await back()
    assert.equal((await open(made.url)).status, 200)
  }
  await ana.expect(204, 'POST', `/documents/${page.id}/status`, { status: 'archived' })
  assert.equal((await open(made.url)).status, 404)
  assert.equal((await ana.expect(200, 'GET', at)).body.is_shown, false)
  await ana.expect(204, 'DELETE', at)
  const gone = await open(made.url)
  assert.deepEqual([gone.status, /no longer public/.test(gone.text), gone.headers.get('cache-control')], [404, true, 'no-store'])
  await ana.expect(409, 'PUT', at, {})

  const other = await published({ title: 'Again' }, 'Text.\n')
  const first = (await ana.expect(200, 'PUT', `/documents/${other.id}/publication`, {})).body.url
  await ana.expect(204, 'DELETE', `/documents/${other.id}/publication`)
  const second = (await ana.expect(200, 'PUT', `/documents/${other.id}/publication`, {})).body.url
  assert.notEqual(first, second)
  assert.equal((await open(first)).status, 404)
  await ana.expect(200, 'DELETE', `/documents/${other.id}`)
  await ana.expect(204, 'POST', `/documents/${other.id}/purge`)
  assert.equal((await open(second)).status, 404)
  const secret = await newPage(ana, { title: 'Secret', sensitivity: 'restricted' }, 'Text.\n')
  await release(ana, secret.id)
  await ana.expect(409, 'PUT', `/documents/${secret.id}/publication`, {})
})

test('[PUB-3] [PUB-4] it has fields for search engines, and every slug that it had leads to it', async () => {
  const page = await published({ title: 'Growth' }, 'Text.\n')
  const at = `/documents/${page.id}/publication`
  const fields = { meta_title: 'How we "grow"', description: 'All & more', keywords: 'growth, Norway', language: 'no', robots: 'index', slug: 'vekst', canonical: 'https://example.org/vekst' }
  const { body: first } = await ana.expect(200, 'PUT', at, {})
  const { body: made } = await ana.expect(200, 'PUT', at, fields)
  for (const [name, value] of Object.entries(fields)) assert.equal(made[name], value)
  const moved = await open(first.url)
  assert.deepEqual([moved.status, new URL(moved.headers.get('location'), server.url).href], [308, made.url])
  const { text } = await open(made.url)
  for (const part of ['<html lang="no">', '<title>How we &quot;grow&quot;</title>', '<h1>Growth</h1>', 'content="All &amp; more"', 'content="growth, Norway"', 'href="https://example.org/vekst"', 'content="index, follow"', 'property="og:title" content="How we &quot;grow&quot;"']) assert.ok(text.includes(part), part)
  for (const bad of [{ slug: 'Nei' }, { slug: 'a b' }, { canonical: 'javascript:x' }, { language: '"' }, { meta_title: 'x'.repeat(301) }, { robots: 'maybe' }, { views: 3 }]) {
    assert.ok([400, 422].includes((await ana.call('PUT', at, bad)).status), JSON.stringify(bad))
  }
  assert.equal((await ana.expect(200, 'GET', at)).body.slug, 'vekst')
  assert.match((await open(`${server.url}/robots.txt`)).text, /Allow: \/p\/\nAllow: \/s\/\nDisallow: \//)
})

test('[PUB-5] a link to a page leads there only if it is public, and says nothing about it otherwise', async () => {
  const [shown, hidden] = [await published({ title: 'Open book' }, 'Text.\n'), await published({ title: 'Closed book' }, 'Text.\n')]
  const { url } = (await ana.expect(200, 'PUT', `/documents/${shown.id}/publication`, {})).body
  const page = await published({ title: 'Index' }, `See [a](</documents/${shown.id}> "Page") and [b](</documents/${hidden.id}> "Page").\n`)
  const { text } = await open((await ana.expect(200, 'PUT', `/documents/${page.id}/publication`, {})).body.url)
  assert.ok(text.includes(`See <a href="${new URL(url).pathname}">Open book</a> and <span class="unseen">a page that is not public</span>.`), text)
  assert.doesNotMatch(text, new RegExp(`Closed|${hidden.id}`))
})

test('[PUB-6] views and answers are counted without cookies, once for each visitor', async () => {
  const page = await published({ title: 'Help' }, 'Text.\n')
  const at = `/documents/${page.id}/publication`
  const { url } = (await ana.expect(200, 'PUT', at, { asks_helpful: true })).body
  assert.match((await open(url)).text, /Was this helpful\?/)
  await open(url)
  await open(url, { 'user-agent': 'Chromium' })
  await open(url, { 'user-agent': 'Googlebot/2.1' })
  const answer = (word, agent) => fetch(`${url}/helpful`, { method: 'POST', redirect: 'manual', body: `answer=${word}`, headers: { 'user-agent': agent, 'content-type': 'application/x-www-form-urlencoded' } })
  const thanked = await answer('yes', 'Mozilla/5.0')
  assert.equal(thanked.status, 303)
  assert.match((await open(new URL(thanked.headers.get('location'), server.url).href)).text, /Thank you/)
  await answer('no', 'Mozilla/5.0')
  await answer('no', 'Chromium')
  assert.equal((await answer('perhaps', 'Firefox')).status, 422)
  await until(async () => {
    const { views, helpful, not_helpful } = (await ana.expect(200, 'GET', at)).body
    return views === 2 && helpful === 1 && not_helpful === 1
  }, 'counted')
})

test('[PUB-7] a space is a site: its published pages, with navigation and search', async () => {
  const space = (await ana.expect(201, 'POST', '/spaces', { name: 'Handbook', open_level: 'edit', description: 'How we work.' })).body
  const at = `/spaces/${space.id}/publication`
  await ben.expect(403, 'PUT', at, {})
  const { body: made } = await ana.expect(200, 'PUT', at, { robots: 'index' })
  assert.deepEqual([made.pages, new URL(made.url).pathname.startsWith('/s/handbook-')], [0, true])
  assert.match((await open(made.url)).text, /no pages here yet/)
  const place = { space: space.id }
  const first = await published({ title: 'First steps', ...place }, 'Ask **Zoë** about the key.\n')
  const below = await published({ title: 'Second', parent: first.id }, `Back to [x](</documents/${first.id}> "Page").\n`)
  await newPage(ana, { title: 'Draft', ...place }, 'Zoë is secret.\n')
  await published({ title: 'Own', ...place, inherits: false }, 'Zoë is not for all.\n')
  await published({ title: 'Hidden', ...place, sensitivity: 'confidential' }, 'Zoë, confidential.\n')
  const home = await open(made.url)
  assert.match(home.text, /How we work\./)
  const paths = [...home.text.matchAll(/<li><a href="([^"]+)">(First steps|Second|Draft|Own|Hidden)<\/a>/g)].map(([, path, title]) => [title, path])
  assert.deepEqual(paths.map(([title]) => title), ['First steps', 'Second', 'First steps', 'Second'])
  const read = await open(server.url + paths[1][1])
  assert.match(read.text, new RegExp(`Back to <a href="${paths[0][1]}">First steps</a>`))
  assert.match(read.text, new RegExp(`<a href="${paths[1][1]}" aria-current="page">Second</a>`))
  const found = await open(`${made.url}?q=zoe+key`)
  assert.match(found.text, /1 page for “zoe key”/)
  assert.match(found.text, /Ask <mark>Zoë<\/mark> about the <mark>key<\/mark>/)
  assert.match(found.text, /noindex/)
  assert.match((await open(`${made.url}?q=secret`)).text, /0 pages/)
  assert.match((await open(`${made.url}?q=${encodeURIComponent('"><script>')}`)).text, /&quot;&gt;&lt;script&gt;/)
  assert.equal((await open(`${made.url}/sitemap.xml`)).text.match(/<loc>/g).length, 2)
  assert.equal((await open(`${made.url}/draft-000000000000`)).status, 404)

  // A page that leaves the space leaves the site.
  const elsewhere = (await ana.expect(201, 'POST', '/spaces', { name: 'Elsewhere' })).body
  await ana.expect(200, 'POST', `/documents/${below.id}/move`, { space: elsewhere.id })
  assert.equal((await open(server.url + paths[1][1])).status, 404)
  await ana.expect(204, 'DELETE', at)
  assert.equal((await open(made.url)).status, 404)
  assert.equal((await open(server.url + paths[0][1])).status, 404)
  const [own] = (await ana.expect(200, 'GET', '/spaces')).body
  await ana.expect(409, 'PUT', `/spaces/${own.id}/publication`, {})
})

test('[PUB-9] images and files of a published text are under the path of its page, in the version that was published', async () => {
  const page = await newPage(ana, { title: 'Charts' })
  const upload = async (path, words) => (await ana.expect(201, 'POST', `/documents/${page.id}/attachments${path}`, Buffer.from(words), { 'content-type': 'application/octet-stream' })).body
  const shown = await upload('?name=numbers.txt', 'first numbers')
  const hidden = await upload('?name=secret.txt', 'secret numbers')
  await write(ana, page.id, `See:\n\n![numbers.txt](<file:${shown.id}>)\n`)
  await release(ana, page.id)
  const { url } = (await ana.expect(200, 'PUT', `/documents/${page.id}/publication`, {})).body
  const { text } = await open(url)
  const path = `${new URL(url).pathname}/files/${shown.id}`
  assert.ok(text.includes(`<p class="file"><a href="${path}">numbers.txt</a></p>`), text)
  const file = await open(server.url + path)
  assert.deepEqual([file.status, file.text, file.headers.get('cache-control')], [200, 'first numbers', 'public, no-cache'])
  assert.match(file.headers.get('content-disposition'), /attachment/)
  // What the published text does not show, and what came later, is not public.
  assert.equal((await open(`${url}/files/${hidden.id}`)).status, 404)
  await upload(`/${shown.id}/versions?name=numbers.txt`, 'later numbers')
  assert.equal((await open(server.url + path)).text, 'first numbers')
  await ana.expect(204, 'DELETE', `/documents/${page.id}/publication`)
  assert.equal((await open(server.url + path)).status, 404)
})

test('[PUB-8] public_pages = false takes everything off the web', async () => {
  const page = await published({ title: 'Off' }, 'Text.\n')
  const { url } = (await ana.expect(200, 'PUT', `/documents/${page.id}/publication`, {})).body
  assert.equal((await open(url)).status, 200)
  await server.kill()
  server.env = { CONSILIUM_PUBLIC_PAGES: 'false' }
  await server.restart()
  assert.equal((await open(`${server.url}${new URL(url).pathname}`)).status, 404)
  const again = new Person(server)
  again.cookies = ana.cookies
  await again.expect(409, 'PUT', `/documents/${page.id}/publication`, {})
})
