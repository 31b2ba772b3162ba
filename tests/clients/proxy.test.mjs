// The nginx configuration of docs/production, in front of a server that trusts it.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join as path } from 'node:path'
import { fileURLToPath } from 'node:url'
import { after, before, test } from 'node:test'
import WebSocket from 'ws'
import { owner } from './people.mjs'
import { Server, until } from './server.mjs'

const nginx = ['/usr/sbin/nginx', '/usr/bin/nginx'].find(existsSync)
const example = readFileSync(fileURLToPath(new URL('../../docs/production/nginx.conf', import.meta.url)), 'utf8')
let server, proxy, folder, url

const freePort = () =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })

before(async () => {
  const port = await freePort()
  url = `http://127.0.0.1:${port}`
  server = await Server.start({ args: [], env: { CONSILIUM_PUBLIC_URL: url, CONSILIUM_TRUSTED_PROXIES: '["127.0.0.1/32"]', CONSILIUM_CONNECTIONS_PER_ADDRESS: '3' }, listen: `127.0.0.1:${await freePort()}` })
  folder = mkdtempSync(path(tmpdir(), 'consilium-nginx-'))
  chmodSync(folder, 0o755)
  // The same file, but for the addresses, and without certificates that this machine does not have.
  const site = example.replace('127.0.0.1:8080', server.listening).replace('listen 443 ssl;', `listen ${port};`).replace(/^\s*ssl_certificate.*$/gm, '').replace('plans.example.org;', '_;')
  const root = process.getuid() === 0 ? 'user root;' : ''
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${folder}/${kind};`).join(' ')
  writeFileSync(path(folder, 'nginx.conf'), `${root} daemon off; pid ${folder}/pid; error_log ${folder}/error.log; worker_processes 1; events {} http { access_log off; ${temporary}\n${site}\n}`)
  proxy = spawn(nginx, ['-p', folder, '-c', path(folder, 'nginx.conf'), '-e', path(folder, 'error.log')], { stdio: 'inherit' })
  await until(async () => (await fetch(`${url}/healthz`).catch(() => ({}))).ok, 'nginx answers')
})
after(async () => {
  proxy.kill('SIGTERM')
  await new Promise((resolve) => proxy.once('exit', resolve))
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
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

test('[LIMIT-7] addresses behind the proxy are counted each for itself, and cannot be made up', async () => {
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
