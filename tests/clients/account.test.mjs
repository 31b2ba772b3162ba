// A person's own account, and changes by an admin to the accounts of others, while sockets are open.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Person, join, owner } from './people.mjs'
import { Server, until } from './server.mjs'

let server, ana, ben, id

before(async () => {
  server = await Server.start({ args: [] })
  ana = await owner(server)
  ben = await join(ana, 'analyst', 'Ben')
  id = (await ana.expect(201, 'POST', '/documents', { title: 'Plan', open_level: 'edit' })).body.id
})
after(() => server.stop())

const signIn = async (password) => {
  const device = new Person(server)
  await device.expect(200, 'POST', '/auth/sign-in', { email: 'ben@example.org', password }, { 'user-agent': 'Mozilla/5.0 (X11; Linux) Firefox/140.0' })
  return device
}

test('[AUTH-10] a person lists their sessions, and ending one closes its sockets', async () => {
  const phone = await signIn('long enough to guess')
  const tablet = await signIn('long enough to guess')
  const { body } = await ben.expect(200, 'GET', '/me/sessions')
  assert.deepEqual(body.map(({ current }) => current), [false, false, true])
  assert.match(body[0].agent, /Firefox/)
  const open = phone.open(id)
  await until(() => open.provider.isSynced, 'the phone is in')
  // The phone has the older session.
  await ben.expect(204, 'DELETE', `/me/sessions/${body[1].session_id}`)
  await until(() => open.heard.denied.includes('unauthorized'), 'the phone is out')
  open.end()
  await phone.expect(401, 'GET', '/me')
  await tablet.expect(200, 'GET', '/me')
  await ana.expect(404, 'DELETE', `/me/sessions/${body[0].session_id}`)
  await ben.expect(204, 'DELETE', '/me/sessions')
  await tablet.expect(401, 'GET', '/me')
  assert.equal((await ben.expect(200, 'GET', '/me/sessions')).body.length, 1)
})

test('[AUTH-11] a new password needs the old one, and ends every other session', async () => {
  const phone = await signIn('long enough to guess')
  const wrong = await ben.call('POST', '/me/password', { old: 'not mine', new: 'another long one' })
  assert.deepEqual([wrong.status, wrong.body.code], [422, 'wrong-password'])
  await ben.expect(422, 'POST', '/me/password', { old: 'long enough to guess', new: 'short' })
  await ben.expect(204, 'POST', '/me/password', { old: 'long enough to guess', new: 'another long one' })
  await phone.expect(401, 'GET', '/me')
  await ben.expect(200, 'GET', '/me')
  await signIn('another long one')
  const old = await new Person(server).call('POST', '/auth/sign-in', { email: 'ben@example.org', password: 'long enough to guess' })
  assert.equal(old.status, 401)
})

test('a person changes name and colour, within what is readable', async () => {
  await ben.expect(204, 'PATCH', '/me', { name: ' Benjamin ', color: '#3566bd' })
  const { body } = await ben.expect(200, 'GET', '/me')
  assert.deepEqual([body.name, body.color], ['Benjamin', '#3566bd'])
  for (const fields of [{ name: '' }, { color: 'red' }, { color: '#ffffff' }]) await ben.expect(422, 'PATCH', '/me', fields)
  await ben.expect(400, 'PATCH', '/me', { role: 'admin' })
})

test('[PERM-12] a new role limits rights at once, and a disabled account is locked out until it is enabled', async () => {
  const open = ben.open(id)
  await until(() => open.heard.scopes.at(-1) === 'read-write', 'Ben may edit')
  await ana.expect(204, 'PATCH', `/members/${ben.id}`, { role: 'viewer' })
  await until(() => open.heard.scopes.at(-1) === 'readonly', 'a viewer reads')
  await ana.expect(204, 'PATCH', `/members/${ben.id}`, { role: 'analyst' })
  await until(() => open.heard.scopes.at(-1) === 'read-write', 'an analyst writes')
  await ana.expect(204, 'PATCH', `/members/${ben.id}`, { disabled: true })
  await until(() => open.heard.denied.includes('unauthorized'), 'the socket ends')
  open.end()
  await ben.expect(401, 'GET', '/me')
  const refused = await new Person(server).call('POST', '/auth/sign-in', { email: 'ben@example.org', password: 'another long one' })
  assert.equal(refused.status, 401)
  assert.deepEqual((await ana.expect(200, 'GET', '/members?disabled=true')).body.map(({ name }) => name), ['Benjamin'])
  await ana.expect(204, 'PATCH', `/members/${ben.id}`, { disabled: false })
  ben = Object.assign(await signIn('another long one'), { id: ben.id })
})

test('[PERM-13] only admins can change members, but not themselves or the owner', async () => {
  await ben.expect(403, 'PATCH', `/members/${ana.id}`, { role: 'viewer' })
  await ben.expect(403, 'GET', '/members?disabled=true')
  await ana.expect(409, 'PATCH', `/members/${ana.id}`, { disabled: true })
  const carla = await join(ana, 'admin', 'Carla')
  await carla.expect(404, 'PATCH', `/members/${ana.id}`, { disabled: true })
  await carla.expect(404, 'PATCH', `/members/${id}`, { role: 'viewer' })
  await carla.expect(400, 'PATCH', `/members/${ben.id}`, { role: 'king' })
  await ana.expect(200, 'GET', '/me')
})
