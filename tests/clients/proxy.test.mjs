// The nginx configuration of docs/production, in front of a server that trusts it.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import WebSocket from 'ws'
import { Nginx, freePort } from './nginx.mjs'
import { owner } from './people.mjs'
import { Server, until } from './server.mjs'

let server, proxy, url

before(async () => {
  const port = await freePort()
  url = `http://127.0.0.1:${port}`
  const env = { CONSILIUM_PUBLIC_URL: url, CONSILIUM_TRUSTED_PROXIES: '["127.0.0.1/32"]', CONSILIUM_CONNECTIONS_PER_ADDRESS: '3' }
  server = await Server.start({ args: [], env, listen: `127.0.0.1:${await freePort()}` })
  proxy = await Nginx.start('nginx.conf', port, (site) =>
    site.replace('127.0.0.1:8080', server.listening).replace('listen 443 ssl;', `listen ${port};`).replace(/^\s*ssl_certificate.*$/gm, '').replace('plans.example.org;', '_;'))
})
after(async () => {
  await proxy.stop()
  await server.stop()
})

/** Opens a socket from one of the many addresses of the loopback network. */
function knock(base, localAddress, headers = {}) {
  const socket = new WebSocket(`${base.replace('http', 'ws')}/collab`, { localAddress, headers })
  const answer = new Promise((resolve) => {
    socket.once('open', () => resolve(101))
    socket.once('unexpected-response', (_, response) => resolve(response.statusCode))
    socket.once('error', () => resolve(0))
  })
  return answer.then((status) => ({ status, socket }))
}

test('people sign in and write together through nginx', async () => {
  assert.equal(new URL(server.printed).origin, url, 'the printed URL is the public one')
  const ana = await owner({ url, collab: `${url.replace('http', 'ws')}/collab`, printed: server.printed })
  const { body: plan } = await ana.expect(201, 'POST', '/documents', { title: 'Proxied' })
  const [first, second] = [ana.open(plan.id), ana.open(plan.id)]
  await until(() => first.provider.synced && second.provider.synced, 'synced')
  first.text.insert(0, 'through a proxy')
  await until(() => second.text.toString() === 'through a proxy', 'the other hears')
  await until(() => first.provider.unsyncedChanges === 0, 'saved')
  for (const client of [first, second]) client.end()
  assert.equal((await fetch(`${url}/metrics`)).status, 404, 'figures stay inside')
  assert.equal((await fetch(`http://${server.listening}/metrics`)).status, 200)
})

test('[LIMIT-7] addresses behind the proxy are counted separately, and cannot be forged', async () => {
  const sockets = []
  const open = async (...from) => {
    const { status, socket } = await knock(...from)
    sockets.push(socket)
    return status
  }
  for (let n = 0; n < 3; n++) assert.equal(await open(url, '127.0.0.2'), 101)
  assert.equal(await open(url, '127.0.0.2'), 429, 'the fourth of one address')
  assert.equal(await open(url, '127.0.0.2', { 'x-forwarded-for': '9.9.9.9' }), 429, 'whatever it claims')
  assert.equal(await open(url, '127.0.0.3'), 101, 'a neighbour behind the same proxy')
  const direct = `http://${server.listening}`
  assert.equal(await open(direct, '127.0.0.2', { 'x-forwarded-for': '9.9.9.9' }), 429, 'past the proxy, claiming another')
  for (const socket of sockets) socket.terminate()
})
