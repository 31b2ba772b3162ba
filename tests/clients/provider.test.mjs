// Signing in at an identity provider: a real one (oidc-provider, certified by the OpenID Foundation) on this machine.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import Provider from 'oidc-provider'
import { Person, join, owner } from './people.mjs'
import { Server } from './server.mjs'

let server, issuer, http, ana
/** The user whom the provider signs in, and their claims. */
let somebody

before(async () => {
  http = createServer()
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  issuer = `http://127.0.0.1:${http.address().port}`
  // The provider must know the redirect URL before our server knows its port.
  const port = await new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })
  const provider = new Provider(issuer, {
    clients: [{ client_id: 'consilium', client_secret: 'a secret of both', redirect_uris: [`http://127.0.0.1:${port}/api/v1/auth/provider/callback`] }],
    pkce: { required: () => true },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'groups'] },
    conformIdTokenClaims: false,
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...somebody }) }),
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    cookies: { keys: ['test'] },
  })
  const answer = provider.callback()
  http.on('request', async (request, response) => {
    if (!request.url.startsWith('/interaction/')) return answer(request, response)
    // Replaces the login form: the user signs in and consents.
    const { prompt, params, session } = await provider.interactionDetails(request, response)
    if (prompt.name === 'login') return provider.interactionFinished(request, response, { login: { accountId: somebody.sub } })
    const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id })
    grant.addOIDCScope('openid email profile')
    return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } }, { mergeWithLastSubmission: true })
  })
  server = await Server.start({
    args: [],
    listen: `127.0.0.1:${port}`,
    env: {
      CONSILIUM_OIDC_ISSUER: issuer, CONSILIUM_OIDC_CLIENT_ID: 'consilium', CONSILIUM_OIDC_CLIENT_SECRET: 'a secret of both',
      CONSILIUM_OIDC_NAME: 'Acme', CONSILIUM_OIDC_ROLES: '{strategy="manager",board="admin"}', CONSILIUM_OIDC_FIRST_ROLE: 'viewer',
    },
  })
  ana = await owner(server)
})
after(async () => {
  await server.stop()
  http.closeAllConnections()
  await new Promise((resolve) => http.close(resolve))
})

/** A browser that follows every redirect with the cookies of each site; stops at our own pages. */
class Browser {
  jars = { ours: new Map(), theirs: new Map() }
  visited = []

  async go(url, stopAt = () => false) {
    for (let hops = 0; hops < 20; hops++) {
      const target = new URL(url)
      this.visited.push(target)
      if (stopAt(target)) return target
      const jar = this.jars[target.origin === server.url ? 'ours' : 'theirs']
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
      const response = await fetch(target, { redirect: 'manual', headers: cookie ? { cookie } : {} })
      for (const line of response.headers.getSetCookie()) {
        const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)
        if (value) jar.set(name, value)
        else jar.delete(name)
      }
      const next = response.headers.get('location')
      if (!next) return target
      url = new URL(next, target)
    }
    throw new Error('too many redirects')
  }

  person() {
    return Object.assign(new Person(server), { cookies: this.jars.ours })
  }
}

const start = () => `${server.url}/api/v1/auth/provider?return_to=%2Fdocuments%2Fx`
const isCallback = (url) => url.pathname.endsWith('/auth/provider/callback')

test('[AUTH-16] a user signs in at the provider, gets the role of their groups, and returns to the page they came from', async () => {
  assert.equal((await new Person(server).expect(200, 'GET', '/setup')).body.provider, 'Acme')
  somebody = { sub: 'u1', email: 'mia@example.org', email_verified: true, name: 'Mia Berg', groups: ['strategy', 'others'] }
  const browser = new Browser()
  const page = await browser.go(start())
  assert.equal(page.pathname, '/documents/x')
  const asked = browser.visited.find((url) => url.pathname === '/auth').searchParams
  assert.ok(asked.get('code_challenge_method') === 'S256' && asked.get('nonce') && asked.get('state').length === 64)
  const me = (await browser.person().expect(200, 'GET', '/me')).body
  assert.deepEqual([me.name, me.email, me.role], ['Mia Berg', 'mia@example.org', 'manager'])
  somebody = { ...somebody, email: 'changed@example.org', groups: ['board'] }
  const again = new Browser()
  await again.go(start())
  const later = (await again.person().expect(200, 'GET', '/me')).body
  assert.deepEqual([later.account_id, later.role], [me.account_id, 'admin'], 'the same person by the subject, with a new role')
  await browser.person().expect(200, 'GET', '/me')
})

test('[AUTH-16] a callback works once, in the browser that started it, and with its state', async () => {
  somebody = { sub: 'u2', email: 'noa@example.org', email_verified: true, name: 'Noa', groups: [] }
  const browser = new Browser()
  const callback = await browser.go(start(), isCallback)
  const elsewhere = new Browser()
  assert.equal((await elsewhere.go(callback)).search, '?refused=provider-failed', 'a link signs nobody in')
  assert.equal(elsewhere.jars.ours.size, 0)
  const other = new URL(callback)
  other.searchParams.set('state', 'f'.repeat(64))
  assert.equal((await browser.go(other)).search, '?refused=provider-failed')
  const fresh = new Browser()
  const once = await fresh.go(start(), isCallback)
  const kept = new Map(fresh.jars.ours)
  assert.equal((await fresh.go(once)).pathname, '/documents/x')
  fresh.jars.ours = kept
  assert.equal((await fresh.go(once)).search, '?refused=provider-failed', 'it cannot be replayed')
  const forged = await fresh.go(start(), isCallback)
  forged.searchParams.set('code', 'x')
  assert.equal((await fresh.go(forged)).search, '?refused=provider-failed')
})

test('[AUTH-16] a known address is bound only when the provider verified it', async () => {
  const ben = await join(ana, 'analyst', 'Ben')
  somebody = { sub: 'u3', email: 'ben@example.org', email_verified: false, name: 'Ben', groups: [] }
  assert.equal((await new Browser().go(start())).search, '?refused=forbidden')
  somebody.email_verified = true
  const browser = new Browser()
  await browser.go(start())
  assert.equal((await browser.person().expect(200, 'GET', '/me')).body.account_id, ben.id)
  await ben.expect(401, 'GET', '/me')
  const { body } = await ana.expect(200, 'GET', '/audit?action=session.begin&outcome=forbidden')
  assert.equal(body.items.length, 1)
})

test('[AUTH-16] a provider that does not answer gives 502 with a code', async () => {
  const broken = await Server.start({ args: [], env: { CONSILIUM_OIDC_ISSUER: 'http://127.0.0.1:9', CONSILIUM_OIDC_CLIENT_ID: 'x' } })
  try {
    await owner(broken)
    const answer = await new Person(broken).expect(502, 'GET', '/auth/provider')
    assert.equal(answer.body.code, 'provider-failed')
  } finally {
    await broken.stop()
  }
})
