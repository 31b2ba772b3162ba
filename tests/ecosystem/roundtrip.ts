// A round trip with the client that orval makes.
import assert from 'node:assert/strict'
import * as consilium from './consilium.js'

// The generated functions ask for paths: https://orval.dev has a setting for the address, which is known only here.
const { CONSILIUM_URL, CONSILIUM_KEY } = process.env
const ask = globalThis.fetch
globalThis.fetch = (path, options = {}) => ask(`${CONSILIUM_URL}${path}`, { ...options, headers: { ...options.headers, authorization: `Bearer ${CONSILIUM_KEY}` } })

const json = { type: 'doc', content: [{ type: 'heading', attrs: { level: 1 }, content: [{ type: 'text', text: 'Orval' }] }] }
const made = await consilium.postDocuments({ title: 'From orval' })
assert.ok(made.status === 201, JSON.stringify(made))
const { id } = made.data
const etag = (await consilium.getDocumentsIdContent(id)).headers.get('etag') ?? ''
const headers = { 'if-match': etag, 'content-type': 'application/json' }
assert.equal((await consilium.putDocumentsIdContent(id, json, undefined, { headers })).status, 204)
assert.equal((await consilium.getDocumentsIdContent(id)).data, '# Orval\n')
assert.deepEqual((await consilium.getDocumentsIdContent(id, { format: 'json' })).data, json)

const state = await consilium.getDocumentsIdState(id)
assert.ok(state.status === 200, JSON.stringify(state))
const copy = await consilium.postDocuments({ title: 'A copy from orval' })
assert.ok(copy.status === 201, JSON.stringify(copy))
assert.equal((await consilium.putDocumentsIdState(copy.data.id, state.data)).status, 204)
assert.equal((await consilium.getDocumentsIdContent(copy.data.id)).data, '# Orval\n')

const late = await consilium.putDocumentsIdContent(id, json, undefined, { headers })
assert.ok(late.status === 412 || late.status === 409, JSON.stringify(late))
assert.equal(late.data.code, 'precondition-failed')
const missing = await consilium.getDocumentsId('00000000-0000-7000-8000-000000000000')
assert.ok(missing.status === 404, JSON.stringify(missing))
assert.equal(missing.data.code, 'not-found')
