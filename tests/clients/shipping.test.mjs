// Files shipped with the program: the compose file, the load balancer's configuration, the release workflow.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join as path } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'
import Ajv from 'ajv/dist/2019.js'
import { parse } from 'yaml'
import { Nginx, freePort } from './nginx.mjs'
import { owner } from './people.mjs'
import { Server, until } from './server.mjs'
import { database, journal, nodeEnv, redis } from './stores.mjs'

const root = fileURLToPath(new URL('../../', import.meta.url))
const read = (name) => readFileSync(path(root, name), 'utf8')
const PATIENCE = 30_000

test('the compose file is valid, and everything that it names exists', () => {
  const text = read('docker-compose.yml')
  const compose = parse(text, { merge: true })
  const ajv = new Ajv({ strict: false, logger: false, formats: { duration: true, expose: true, ports: true, subnet_ip_address: true } })
  // The schema refers to an outdated draft.
  const plain = (key, value) => (['id', '$schema'].includes(key) && typeof value === 'string' ? undefined : value)
  const valid = ajv.compile(JSON.parse(read('tests/clients/schemas/compose_spec.json'), plain))
  assert.ok(valid(compose), JSON.stringify(valid.errors, null, 1))

  const { services, volumes, networks } = compose
  const nodes = Object.entries(services).filter(([, service]) => service.build)
  assert.equal(nodes.length, 2)
  for (const [name, service] of Object.entries(services)) {
    for (const network of service.networks) assert.ok(network in networks, `${name}: ${network}`)
    for (const needed of Object.keys(Array.isArray(service.depends_on) ? {} : (service.depends_on ?? {}))) {
      assert.ok(services[needed].healthcheck, `${name} waits for ${needed}, which says whether it is well`)
    }
    for (const volume of service.volumes ?? []) {
      const [source] = volume.split(':')
      assert.ok(source.startsWith('./') ? existsSync(path(root, source)) : source in volumes, `${name}: ${source}`)
    }
  }
  // Every setting is a configuration key, and every variable is in the example.
  const keys = [...read('crates/access/src/default.toml').matchAll(/^([a-z_]+) = /gm)].map(([, key]) => `CONSILIUM_${key.toUpperCase()}`)
  for (const [name, service] of nodes) for (const key of Object.keys(service.environment)) assert.ok(keys.includes(key), `${name}: ${key}`)
  const example = read('.env.example')
  const required = new Set([...text.matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name))
  assert.ok(required.size > 0)
  for (const name of required) assert.match(example, new RegExp(`^${name}=.`, 'm'))
  const balancer = read('docs/production/balancer.conf')
  for (const [name] of nodes) assert.match(balancer, new RegExp(`server ${name}:8080`))
})

test('G3: the image has CA certificates, and needs no tools of a store', () => {
  const final = read('Dockerfile').split(/^FROM /m).at(-1)
  assert.match(final, /apt-get install .*ca-certificates/)
  assert.doesNotMatch(final, /postgres/)
})

test('[FILE-5] consilium-press is shipped with the server, and beside it', () => {
  for (const [file, pattern] of [
    ['Dockerfile', /COPY --from=server \S+\/consilium-press \/usr\/local\/bin\/consilium-press/],
    ['Makefile', /^release:.*\n.*-p consilium -p consilium-press/m],
    ['.github/workflows/release.yml', /cp target\/release\/consilium target\/release\/consilium-press /],
    ['docs/production/README.md', /target\/release\/consilium-press/],
  ]) assert.match(read(file), pattern, file)
  assert.ok(existsSync(path(root, 'target/debug/consilium-press')), 'make test builds it')
})

test('the release workflow packs existing files', () => {
  const { jobs } = parse(read('.github/workflows/release.yml'))
  assert.deepEqual(jobs.binary.strategy.matrix.include.map(({ target }) => target), ['x86_64-unknown-linux-gnu', 'aarch64-unknown-linux-gnu'])
  const pack = jobs.binary.steps.find(({ name }) => name === 'Pack').run
  const files = /^\s*cp (.*) "\$name\/"$/m.exec(pack)[1].split(' ').filter((file) => !file.startsWith('target/'))
  for (const file of files) assert.ok(existsSync(path(root, file)), file)
  assert.match(jobs.publish.steps.map(({ run }) => run).join(), /SHA256SUMS/)
})

test('[NODE-17] behind a load balancer without sticky sessions, any node serves anybody, and one may die', { timeout: 600_000 }, async () => {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const env = { ...nodeEnv({ database: database(), journal: journal(), bus: redis() }), CONSILIUM_PUBLIC_URL: url, CONSILIUM_TRUSTED_PROXIES: '["127.0.0.1/32"]' }
  const nodes = []
  for (let n = 0; n < 2; n++) nodes.push(await Server.start({ args: [], env, listen: `127.0.0.1:${await freePort()}` }))
  const balancer = await Nginx.start('balancer.conf', port, (site) =>
    site.replaceAll('15s;', '2s;').replace('node-1:8080', nodes[0].listening).replace('node-2:8080', nodes[1].listening).replace('listen 80;', `listen 127.0.0.1:${port};`))

  // Requests and sockets of one person go to either node.
  const ana = await owner({ url, collab: `${url.replace('http', 'ws')}/collab`, printed: nodes[1].printed })
  const { body: plan } = await ana.expect(201, 'POST', '/documents', { title: 'Balanced' })
  for (let n = 0; n < 6; n++) await ana.expect(200, 'GET', `/documents/${plan.id}`)
  const clients = Array.from({ length: 4 }, () => ana.open(plan.id))
  await until(() => clients.every(({ provider }) => provider.isSynced), 'all are synced', PATIENCE)
  const counts = await Promise.all(nodes.map(async (node) => (await (await fetch(`http://${node.listening}/metrics`)).text()).match(/^consilium_sockets (\d+)/m)?.[1]))
  assert.ok(counts.every((count) => Number(count) > 0), `both nodes have sockets: ${counts}`)
  clients[0].text.insert(0, 'balanced; ')
  await until(() => clients.every(({ text }) => text.toString() === 'balanced; '), 'everybody has it', PATIENCE)
  // G6: a frozen node holds a request for 15 s (here 2 s), not until the socket's time is over.
  nodes[0].child.kill('SIGSTOP')
  const frozen = Date.now()
  for (let n = 0; n < 4; n++) await ana.expect(200, 'GET', `/documents/${plan.id}`)
  assert.ok(Date.now() - frozen < 20_000, `${Date.now() - frozen} ms`)
  nodes[0].child.kill('SIGCONT')
  await until(async () => (await fetch(`http://${nodes[0].listening}/readyz`)).status === 200, 'it is back', PATIENCE)
  await nodes[0].kill()
  clients.at(-1).text.insert(0, 'one node less; ')
  await until(() => clients.every(({ text }) => text.toString() === 'one node less; balanced; '), 'everybody goes on', PATIENCE)
  await until(() => clients.every(({ provider }) => provider.unsyncedChanges === 0), 'and is saved', PATIENCE)
  for (let n = 0; n < 6; n++) await ana.expect(200, 'GET', `/documents/${plan.id}`)

  for (const client of clients) client.end()
  await balancer.stop()
  await nodes[1].stop()
})
