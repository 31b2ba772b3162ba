// Layers around every request: headers, limits, and accepted bodies.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Person, owner } from './people.mjs'
import { Server } from './server.mjs'

let server, ana

before(async () => {
  server = await Server.start({ args: [], env: { CONSILIUM_REQUESTS_PER_MINUTE_OF_SESSION: '40', CONSILIUM_REQUESTS_PER_MINUTE_OF_ADDRESS: '300' } })
  ana = await owner(server)
})
after(() => server.stop())

test('[REST-7] every response has security headers for the browser', async () => {
  const { id } = (await ana.expect(201, 'POST', '/documents', {})).body
  for (const path of ['/', '/healthz', '/readyz', '/docs/', '/api/v1/setup', '/api/v1/me', '/api/v1/nothing', `/api/v1/documents/${id}`, `/api/v1/documents/${id}/content`, '/collab']) {
    const { headers, status } = await fetch(server.url + path, { headers: { cookie: ana.cookie } })
    const policy = headers.get('content-security-policy')
    assert.equal(headers.get('x-content-type-options'), 'nosniff', path)
    assert.equal(headers.get('referrer-policy'), 'same-origin', path)
    assert.match(policy, /frame-ancestors 'none'|sandbox/, path)
    assert.doesNotMatch(/script-src ([^;]*)/.exec(policy)?.[1] ?? '', /unsafe|\*|https?:/, path)
    assert.equal(headers.get('x-frame-options'), 'DENY', path)
    assert.equal(headers.get('strict-transport-security'), null, 'it is not on TLS')
    if (path.startsWith('/api/')) assert.match(headers.get('cache-control'), /no-store/, `${path} ${status}`)
  }
  const page = await fetch(server.url, { headers: { 'accept-encoding': 'gzip' } })
  assert.equal(page.headers.get('content-encoding'), 'gzip')
  const html = await page.text()
  // Frames of the configured sites, and of no others.
  const { frame_origins: origins } = (await ana.expect(200, 'GET', '/setup')).body
  assert.ok(origins.includes('https://www.youtube-nocookie.com'))
  assert.equal(/frame-src ([^;]*)/.exec(page.headers.get('content-security-policy'))?.[1], origins.join(' '))
  assert.doesNotMatch(html, /<script(?![^>]*src=)|\son\w+=|style=/, 'nothing stands in line')
  for (const line of (await fetch(`${server.url}/api/v1/auth/sign-in`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ email: 'ana@example.org', password: 'correct horse' }) })).headers.getSetCookie()) {
    assert.match(line, /HttpOnly; SameSite=Strict/)
  }
})

test('[LIMIT-9] JSON that is too deep, a body that is too large, and invalid JSON are refused with a code', async () => {
  const deep = `${'['.repeat(10_000)}${']'.repeat(10_000)}`
  for (const [body, status, code] of [[deep, 400, 'invalid-body'], ['{', 400, 'invalid-body'], [`{"title":"${'x'.repeat(3 << 20)}"}`, 413, 'body-too-large'], ['{"title":"x","title":"y"}', 400, 'invalid-body'], ['{"unknown":1}', 400, 'invalid-body']]) {
    const answer = await ana.expect(status, 'POST', '/documents', body, { 'content-type': 'application/json' })
    assert.equal(answer.body.code, code)
  }
  await ana.expect(415, 'POST', '/documents', '{}', { 'content-type': 'text/plain' })
})

test('[LIMIT-9] a browser or an address over its rate gets Retry-After; others are not affected', async () => {
  // Now and then one more may pass, so do not check only the last one.
  const answers = []
  for (let n = 0; n < 60; n++) answers.push(await ana.call('GET', '/me'))
  assert.equal(answers[0].status, 200)
  const refused = answers.find(({ status }) => status === 429)
  assert.equal(refused.body.code, 'too-many-requests')
  assert.ok(Number(refused.headers.get('retry-after')) > 0)
  await new Person(server).expect(200, 'GET', '/setup')
  const statuses = []
  for (let n = 0; n < 400; n++) statuses.push((await fetch(`${server.url}/api/v1/setup`)).status)
  assert.ok(statuses.filter((status) => status === 429).length >= 50, `${statuses}`)
  assert.equal((await fetch(`${server.url}/healthz`)).status, 200, 'it is the API that is bounded')
})
