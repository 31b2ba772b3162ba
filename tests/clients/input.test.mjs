// Input that only one of the two engines could store is refused by every route, on both.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { Person, owner } from './people.mjs'
import { Server, program } from './server.mjs'
import { database } from './stores.mjs'

const NUL = '\u0000'
const ID = '01890a5d-ac96-774b-bcce-b302099a8057'
const FAR = ['-262000-01-01T00:00:00Z', '-4714-01-01T00:00:00Z', '+10000-01-01T00:00:00Z', '+262000-01-01T00:00:00Z']
const FAST = { CONSILIUM_REQUESTS_PER_MINUTE_OF_SESSION: '1000000', CONSILIUM_REQUESTS_PER_MINUTE_OF_ADDRESS: '1000000' }

let api
const servers = {}

before(async () => {
  api = JSON.parse((await promisify(execFile)(program, ['openapi'], { maxBuffer: 16 << 20 })).stdout)
  servers.SQLite = await Server.start({ args: [], env: FAST })
  servers.Postgres = await Server.start({ args: [], env: { ...FAST, CONSILIUM_DATABASE_URL: database().href } })
})
after(() => Promise.all(Object.values(servers).map((server) => server.stop())))

const resolve = (schema) => (schema?.$ref ? resolve(api.components.schemas[schema.$ref.split('/').at(-1)]) : schema)

/** The places of a schema at which a text may stand, with a body that has `value` there. */
function* places(schema, value, depth = 0) {
  const { type, properties, items, oneOf, anyOf, allOf, format } = resolve(schema) ?? {}
  const types = [type ?? []].flat()
  if (depth > 5) return
  if (types.includes('string')) yield { format, body: value }
  for (const part of [...(oneOf ?? []), ...(anyOf ?? []), ...(allOf ?? [])]) yield* places(part, value, depth + 1)
  if (items) for (const { format, body } of places(items, value, depth + 1)) yield { format, body: [body] }
  for (const [name, property] of Object.entries(properties ?? {})) {
    for (const { format, body } of places(property, value, depth + 1)) yield { format, body: { ...sample(schema), [name]: body } }
  }
}

/** Valid values for what is required, so that a refusal has only one cause. */
function sample(schema, depth = 0) {
  const { type, properties, required, enum: words, items, oneOf, anyOf, allOf, format } = resolve(schema) ?? {}
  if (depth > 5) return null
  if (words) return words[0]
  const part = (oneOf ?? anyOf ?? []).find((part) => resolve(part)?.type !== 'null')
  if (part) return sample(part, depth + 1)
  if (allOf) return Object.assign({}, ...allOf.map((part) => sample(part, depth + 1)))
  if (properties) return Object.fromEntries((required ?? []).map((name) => [name, sample(properties[name], depth + 1)]))
  switch ([type].flat()[0]) {
    case 'string': return format === 'uuid' ? ID : format === 'date-time' ? '2030-01-01T00:00:00Z' : 'text'
    case 'integer': case 'number': return 1
    case 'boolean': return true
    case 'array': return items ? [sample(items, depth + 1)] : []
    default: return {}
  }
}

function* requests(value, wanted) {
  for (const [template, operations] of Object.entries(api.paths)) {
    for (const [method, { parameters = [], requestBody }] of Object.entries(operations)) {
      const path = (change = {}) => template.replace('/api/v1', '').replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(change[name] ?? ID))
      for (const { name, in: place, schema } of parameters) {
        if (!wanted(resolve(schema)?.format)) continue
        if (place === 'path') yield { method, path: path({ [name]: value }), where: `{${name}}` }
        if (place === 'query') yield { method, path: `${path()}?${name}=${encodeURIComponent(value)}`, where: `?${name}` }
      }
      const json = requestBody?.content['application/json']?.schema
      for (const { format, body } of json ? places(json, value) : []) {
        if (wanted(format)) yield { method, path: path(), body, where: JSON.stringify(body) }
      }
    }
  }
}

/** Sends everything to both engines; both answer the same, and never with 5xx. */
async function send(all, allowed) {
  const clients = []
  for (const [engine, server] of Object.entries(servers)) clients.push([engine, await (server.owner ??= owner(server))])
  let count = 0
  for (const { method, path, body, where } of all) {
    if (path.startsWith('/auth/sign-out')) continue
    const answers = await Promise.all(clients.map(([, client]) => client.call(method.toUpperCase(), path, body, { 'if-match': '"1"' })))
    for (const [index, { status, body: problem }] of answers.entries()) {
      assert.ok(allowed.includes(status), `${clients[index][0]}: ${method} ${path} ${where}: ${status} ${JSON.stringify(problem)}`)
    }
    assert.equal(answers[0].body.code, answers[1].body.code, `${method} ${path} ${where}`)
    count++
  }
  return count
}

test('[E6] [REST-9] U+0000 in any text of any request is refused by both engines', async () => {
  const isText = (format) => !['date-time', 'binary'].includes(format)
  const count = await send(requests(`a${NUL}b`, isText), [400, 404])
  assert.ok(count > 150, `${count} requests`)
})

test('[E6] [REST-9] dates far away are refused by both engines', async () => {
  let count = 0
  for (const date of FAR) count += await send(requests(date, (format) => format === 'date-time'), [400])
  assert.ok(count >= 4 * FAR.length, `${count} requests`)
  for (const at of ['-900000000000000000', '900000000000000000']) {
    await send([{ method: 'get', path: `/decisions?cursor=${at}_${ID}`, where: 'cursor' }], [422])
  }
  for (const date of FAR) {
    await send([{ method: 'get', path: `/documents?sort=created_at&cursor=${encodeURIComponent(`${ID}_${date}`)}`, where: 'cursor' }], [422])
  }
})

test('[E6] [REST-9] a stranger who signs in with U+0000 in the address is refused, without an error in the log', async () => {
  for (const server of Object.values(servers)) {
    const stranger = new Person(server)
    const answer = await stranger.expect(400, 'POST', '/auth/sign-in', { email: `a${NUL}@b.example`, password: 'secret enough 4 me' })
    assert.equal(answer.body.code, 'invalid-body')
    assert.doesNotMatch(server.log, /ERROR/)
  }
})

test('[E6] [REST-9] a passage with U+0000, written by a raw client, can be commented on', async () => {
  for (const server of Object.values(servers)) {
    const ana = await (server.owner ??= owner(server))
    const { id } = (await ana.expect(201, 'POST', '/documents', { title: 'Odd' })).body
    const { etag } = await ana.expect(200, 'GET', `/documents/${id}/content`)
    await ana.expect(204, 'PUT', `/documents/${id}/content`, 'some words', { 'content-type': 'text/markdown', 'if-match': etag })
    const open = ana.open(id)
    await new Promise((synced) => open.provider.on('synced', synced))
    open.provider.document.getXmlFragment('default').get(0).get(0).insert(4, NUL)
    await new Promise((saved) => open.provider.on('unsyncedChanges', ({ number }) => number === 0 && saved()))
    const thread = await ana.expect(201, 'POST', `/documents/${id}/threads`, { passage: { from: 0, to: 11 }, body: 'Odd?' })
    assert.equal(thread.body.passage.quote, 'some\ufffd words')
    open.end()
  }
})
