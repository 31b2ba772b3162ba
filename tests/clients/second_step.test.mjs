// Two-factor authentication, verification mails, and passwords.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { after, before, test } from 'node:test'
import { Person, join, owner } from './people.mjs'
import { Postbox } from './postbox.mjs'
import { Server, until } from './server.mjs'

const PASSWORD = 'long enough to guess'
let server, postbox, mails, ana

before(async () => {
  postbox = await new Postbox().open()
  mails = postbox.mails
  server = await Server.start({ args: [], env: postbox.env })
  ana = await owner(server)
})
after(async () => {
  await server.stop()
  await postbox.close()
})

/** An independent implementation of RFC 6238. */
function code(secret, at = Date.now()) {
  const bits = [...secret].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)))
  const step = Buffer.alloc(8)
  step.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)))
  const hash = createHmac('sha1', key).update(step).digest()
  const offset = hash.at(-1) & 15
  return String((hash.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

const mailTo = async (address, what) => {
  await until(() => mails.some((mail) => mail.to === address && mail.text.includes(what)), () => `a mail for ${address}: ${JSON.stringify(mails)} ${server.log}`)
  const mail = mails.findLast((mail) => mail.to === address && mail.text.includes(what))
  return new URL(/(http\S+#\S+)/.exec(mail.text)[1])
}
const signIn = async (status, fields) => {
  const person = new Person(server)
  return Object.assign(person, await person.expect(status, 'POST', '/auth/sign-in', { password: PASSWORD, ...fields }))
}

test('[AUTH-13] a second step is required, each code works once, and recovery codes work', async () => {
  const ben = await join(ana, 'analyst', 'Ben')
  const email = 'ben@example.org'
  await ben.expect(422, 'POST', '/me/totp', { password: 'wrong' })
  const { secret, url, picture } = (await ben.expect(200, 'POST', '/me/totp', { password: PASSWORD })).body
  assert.match(url, /^otpauth:\/\/totp\/.*secret=/)
  assert.match(picture, /<svg/)
  await signIn(200, { email })
  await ben.expect(422, 'PUT', '/me/totp', { code: '000000' })
  const now = Date.now()
  const { recovery_codes } = (await ben.expect(200, 'PUT', '/me/totp', { code: code(secret, now - 30_000) })).body
  assert.equal(recovery_codes.length, 10)
  assert.equal((await signIn(401, { email })).body.code, 'second-step-needed')
  assert.equal((await signIn(401, { email, password: 'wrong' })).body.code, 'wrong-password', 'the password comes first')
  assert.equal((await signIn(401, { email, code: code(secret, now - 30_000) })).body.code, 'wrong-code', 'it was used')
  await signIn(200, { email, code: code(secret, now) })
  assert.equal((await signIn(401, { email, code: code(secret, now) })).body.code, 'wrong-code', 'once')
  await signIn(200, { email, code: recovery_codes[0].toUpperCase() })
  await signIn(401, { email, code: recovery_codes[0] })
  assert.equal((await ben.expect(200, 'GET', '/me')).body.recovery_codes_left, 9)
  await ana.expect(204, 'DELETE', `/members/${ben.id}/totp`)
  await until(async () => (await new Person(server).call('POST', '/auth/sign-in', { email, password: PASSWORD })).status !== 429, 'within the bound of attempts', 70_000)
  assert.equal((await ben.expect(200, 'GET', '/me')).body.second_step, false)
})

test('[AUTH-14] a forgotten password is reset by mail, once, and all sessions end', async () => {
  const carla = await join(ana, 'analyst', 'Carla')
  const email = 'carla@example.org'
  await new Person(server).expect(202, 'POST', '/auth/forgotten', { email: 'nobody@example.org' })
  await new Person(server).expect(202, 'POST', '/auth/forgotten', { email: 'Carla@example.org' })
  const link = await mailTo(email, 'new password')
  assert.equal(link.pathname, '/reset')
  const token = link.hash.slice(1)
  await new Person(server).expect(422, 'POST', '/auth/reset', { token, password: 'password' })
  await new Person(server).expect(404, 'POST', '/auth/reset', { token: 'x', password: 'quite another one' })
  await new Person(server).expect(204, 'POST', '/auth/reset', { token, password: 'quite another one' })
  await new Person(server).expect(404, 'POST', '/auth/reset', { token, password: 'a third one, too' })
  await carla.expect(401, 'GET', '/me')
  await signIn(401, { email })
  const again = await signIn(200, { email, password: 'quite another one' })
  assert.equal(again.body.email_verified, true, 'who has the mail has the address')
  assert.ok(!mails.some((mail) => mail.to === 'nobody@example.org'))
  assert.equal((await ana.expect(200, 'POST', `/members/${carla.id}/reset-link`)).body.url, null, 'it is mailed')
})

test('[AUTH-14] an address is verified by the link mailed to it', async () => {
  const dora = await join(ana, 'analyst', 'Dora')
  assert.equal((await dora.expect(200, 'GET', '/me')).body.email_verified, false)
  const first = await mailTo('dora@example.org', 'Confirm your email address')
  await dora.expect(202, 'POST', '/me/verification')
  await until(() => mails.filter((mail) => mail.to === 'dora@example.org').length === 2, 'another mail')
  await dora.expect(404, 'POST', '/auth/verify', { token: first.hash.slice(1) })
  const second = await mailTo('dora@example.org', 'Confirm your email address')
  await dora.expect(204, 'POST', '/auth/verify', { token: second.hash.slice(1) })
  assert.equal((await dora.expect(200, 'GET', '/me')).body.email_verified, true)
  await ana.expect(200, 'POST', '/invites', { role: 'viewer', email: 'emil@example.org' })
  await until(() => mails.some((mail) => mail.to === 'emil@example.org' && /Ana invited you/.test(mail.text)), 'an invitation')
})

test('[AUTH-12] easily guessed passwords are refused, including the name and address of the person', async () => {
  const { body } = await ana.expect(200, 'POST', '/invites', { role: 'viewer' })
  const path = `/invites/${body.url.split('/').at(-1)}/accept`
  for (const password of ['password1', 'friedrich', 'qwertyuiop']) {
    const answer = await new Person(server).call('POST', path, { name: 'Friedrich', email: 'fritz@example.org', password })
    assert.deepEqual([answer.status, answer.body.code], [422, 'weak-password'], password)
  }
  await new Person(server).expect(200, 'POST', path, { name: 'Friedrich', email: 'fritz@example.org', password: PASSWORD })
})

test('[AUTH-14] without a mail server an admin is shown the link', async () => {
  const alone = await Server.start({ args: [], env: { CONSILIUM_DATABASE_URL: '' } })
  try {
    const admin = await owner(alone)
    const member = await join(admin, 'analyst', 'Ben')
    assert.equal((await new Person(alone).expect(200, 'GET', '/setup')).body.mails, false)
    await member.expect(403, 'POST', `/members/${admin.id}/reset-link`)
    const { url } = (await admin.expect(200, 'POST', `/members/${member.id}/reset-link`)).body
    await new Person(alone).expect(204, 'POST', '/auth/reset', { token: new URL(url).hash.slice(1), password: 'quite another one' })
    await new Person(alone).expect(200, 'POST', '/auth/sign-in', { email: 'ben@example.org', password: 'quite another one' })
    const second = await join(admin, 'admin', 'Carla')
    await second.expect(404, 'POST', `/members/${admin.id}/reset-link`)
  } finally {
    await alone.stop()
  }
})
