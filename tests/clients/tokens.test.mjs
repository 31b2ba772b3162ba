// [AUTH-6] Accepted headless tokens: signed with the shared secret or the keys of an identity provider.
import assert from 'node:assert/strict'
import { createHmac, generateKeyPairSync, sign } from 'node:crypto'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import { SECRET, Server, token, until } from './server.mjs'

const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
const claims = (more) => ({ sub: 'ana', exp: Math.floor(Date.now() / 1000) + 600, documents: { '*': 'edit' }, ...more })

/** Keys of a provider, one of each kind. */
const KINDS = {
  RS256: { make: () => generateKeyPairSync('rsa', { modulusLength: 2048 }), hash: 'sha256' },
  PS256: { make: () => generateKeyPairSync('rsa', { modulusLength: 2048 }), hash: 'sha256', options: { padding: 6, saltLength: 32 } },
  ES256: { make: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }), hash: 'sha256', options: { dsaEncoding: 'ieee-p1363' } },
  ES384: { make: () => generateKeyPairSync('ec', { namedCurve: 'P-384' }), hash: 'sha384', options: { dsaEncoding: 'ieee-p1363' } },
  EdDSA: { make: () => generateKeyPairSync('ed25519'), hash: null },
}

class Key {
  constructor(alg, kid) {
    const { publicKey, privateKey } = KINDS[alg].make()
    Object.assign(this, { alg, kid, privateKey, publicKey })
    this.jwk = { ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' }
  }

  token(payload, header = {}) {
    const { hash, options } = KINDS[this.alg]
    const body = `${part({ alg: this.alg, typ: 'JWT', kid: this.kid, ...header })}.${part(payload)}`
    return `${body}.${sign(hash, Buffer.from(body), { key: this.privateKey, ...options }).toString('base64url')}`
  }
}

const hmac = (alg, secret, payload, header = {}) => {
  const body = `${part({ alg, typ: 'JWT', ...header })}.${part(payload)}`
  return `${body}.${createHmac(`sha${alg.slice(2)}`, secret).update(body).digest('base64url')}`
}

let server, provider, keys, asked, answers

before(async () => {
  keys = Object.keys(KINDS).map((alg) => new Key(alg, `key-${alg}`))
  asked = 0
  answers = true
  provider = createServer((_, response) => {
    asked++
    response.statusCode = answers ? 200 : 500
    response.end(JSON.stringify({ keys: keys.map(({ jwk }) => jwk) }))
  })
  await new Promise((resolve) => provider.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${provider.address().port}/jwks`
  server = await Server.start({ args: [], env: { CONSILIUM_HEADLESS_SECRET: SECRET, CONSILIUM_HEADLESS_JWKS_URL: url } })
})
after(async () => {
  await server.stop()
  provider.close()
})

let documents = 0
async function status(bearer, at = server) {
  const response = await fetch(`${at.url}/api/v1/documents/tokens%2F${documents++}/state`, { headers: { authorization: `Bearer ${bearer}` } })
  return response.status
}

test('keys of the provider and the shared secret are accepted, each with its own algorithm', async () => {
  for (const key of keys) assert.equal(await status(key.token(claims())), 200, key.alg)
  assert.equal(await status(token(claims())), 200, 'the shared secret')
  assert.equal(asked, 1, 'the set is read once')
})

test('dates may have a fraction (RFC 7519)', async () => {
  const now = Date.now() / 1000
  assert.equal(await status(keys[0].token(claims({ exp: Math.floor(now) + 600.5 }))), 200)
  assert.equal(await status(token(claims({ exp: now + 600.123, iat: now, nbf: now - 0.5 }))), 200)
  assert.equal(await status(token(claims({ exp: now - 1.5 }))), 401, 'expired')
})

test('invalid tokens are refused', async () => {
  const [rsa, , ec] = keys
  const pem = rsa.publicKey.export({ type: 'spki', format: 'pem' })
  const stranger = new Key('RS256', rsa.kid)
  const now = Math.floor(Date.now() / 1000)
  const wrong = {
    'without a signature': `${part({ alg: 'none' })}.${part(claims())}.`,
    'the public key as a secret': hmac('HS256', pem, claims(), { kid: rsa.kid }),
    'another HMAC with the right secret': hmac('HS512', SECRET, claims()),
    'another algorithm of the same key': rsa.token(claims(), { alg: 'RS512' }),
    'the id of a key of another kind': rsa.token(claims(), { kid: ec.kid }),
    "a stranger's key under a known id": stranger.token(claims()),
    'without sub': rsa.token(claims({ sub: undefined })),
    'with an empty sub': rsa.token(claims({ sub: '' })),
    'without exp': rsa.token(claims({ exp: undefined })),
    'expired': rsa.token(claims({ exp: now - 1 })),
    'without documents': rsa.token(claims({ documents: undefined })),
    'without a key id, of several keys': rsa.token(claims(), { kid: undefined }),
    'with a changed payload': rsa.token(claims()).replace(/\.[^.]+\./, `.${part(claims({ sub: 'eve' }))}.`),
    'nothing at all': 'x.y.z',
  }
  for (const [what, bearer] of Object.entries(wrong)) assert.equal(await status(bearer), 401, what)
  assert.equal(await status(rsa.token(claims({ documents: { 'other/*': 'edit' } }))), 403, 'for other documents')
})

test('[AUTH-9] with a configured audience and issuer, tokens for or by other apps are refused', async () => {
  const own = await Server.start({ args: [], env: { CONSILIUM_HEADLESS_SECRET: SECRET, CONSILIUM_HEADLESS_AUDIENCE: 'consilium', CONSILIUM_HEADLESS_ISSUER: 'https://id.example' } })
  try {
    const good = { aud: 'consilium', iss: 'https://id.example' }
    assert.equal(await status(token(claims(good)), own), 200)
    assert.equal(await status(token(claims({ ...good, aud: ['billing', 'consilium'] })), own), 200)
    for (const wrong of [{ aud: 'billing' }, { aud: ['billing'] }, { aud: undefined }, { aud: '' }, { iss: 'https://evil.example' }, { iss: undefined }]) {
      assert.equal(await status(token(claims({ ...good, ...wrong })), own), 401, JSON.stringify(wrong))
    }
  } finally {
    await own.stop()
  }
})

test('known keys stay valid while the provider is down; a rotated key is found', async () => {
  answers = false
  assert.equal(await status(keys[0].token(claims())), 200)
  answers = true
  const next = new Key('ES256', 'key-next')
  keys.push(next)
  // An unknown id makes the server read the keys again, at most every ten seconds.
  await until(async () => (await status(next.token(claims()))) === 200, 'the new key is known', 60_000)
  const looked = asked
  for (let n = 0; n < 20; n++) assert.equal(await status(new Key('EdDSA', `unknown-${n}`).token(claims())), 401)
  assert.ok(asked - looked <= 1, `${asked - looked} requests for 20 unknown ids`)
})
