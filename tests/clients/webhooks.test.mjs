// Webhooks: events are delivered to other programs, at least once, in order for each document, signed, and never to
// internal addresses.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Webhook } from 'standardwebhooks'
import { join, owner } from './people.mjs'
import { Receiver } from './receiver.mjs'
import { Server, until } from './server.mjs'

const inside = { CONSILIUM_WEBHOOK_NETWORKS: '["127.0.0.0/8"]' }
let server, ana, ben

before(async () => {
  server = await Server.start({ args: [], env: inside })
  ana = await owner(server)
  ben = await join(ana, 'manager', 'Ben')
})
after(() => server.stop())

const document = async (title) => (await ana.expect(201, 'POST', '/documents', { title })).body.id
const remark = (person, id, body) => person.expect(201, 'POST', `/documents/${id}/threads`, { body })

/** A webhook with its own receiver. */
async function listen(t, events = []) {
  const receiver = await new Receiver().open()
  const { body } = await ana.expect(201, 'POST', '/webhooks', { url: receiver.url, events })
  receiver.secret = body.secret
  t.after(() => receiver.close())
  return { receiver, path: `/webhooks/${body.webhook_id}` }
}

test('[HOOK-1] a receiver that fails for a while gets every event, in order for each document, signed', async (t) => {
  const { receiver, path } = await listen(t, ['document.create', 'thread', 'comment'])
  const { port } = receiver
  receiver.mood = 503
  const ids = await Promise.all(['One', 'Two', 'Three'].map(document))
  for (const id of ids) await ana.expect(204, 'PUT', `/documents/${id}/shares/${ben.id}`, { level: 'edit' })
  await Promise.all(ids.flatMap((id) => Array.from({ length: 8 }, (_, index) => remark(index % 2 ? ana : ben, id, `remark ${index}`))))
  await until(() => receiver.asked > 0, 'the receiver was called')
  await receiver.close()
  await until(async () => (await ana.expect(200, 'GET', `${path}/deliveries`)).body.items.some(({ last_error }) => /refused/i.test(last_error ?? '')), 'the connection was refused', 60_000)
  await server.kill()
  await receiver.open(port)
  receiver.mood = 204
  await server.restart()
  for (const id of ids) await remark(ana, id, 'the last')
  await until(() => ids.every((id) => new Set(receiver.heard.filter(({ body }) => body.document === id).map(({ id }) => id)).size >= 10), 'all events arrived', 60_000)
  assert.equal(receiver.forged, 0)
  for (const id of ids) {
    const events = receiver.heard.filter(({ body }) => body.document === id)
    const sequences = events.map(({ body }) => body.sequence)
    assert.deepEqual(sequences, sequences.toSorted((a, b) => a - b), 'in order')
    // Each event has a number: creating the document, and nine threads. The webhook does not subscribe to shares.
    assert.deepEqual([...new Set(sequences)].length, 10)
    assert.equal(events[0].body.type, 'document.create')
    const { items: threads } = (await ana.expect(200, 'GET', `/documents/${id}/threads`)).body
    assert.deepEqual(new Set(events.slice(1).map(({ body }) => body.data.thread)), new Set(threads.map(({ thread_id }) => thread_id)))
    assert.ok(!JSON.stringify(events).includes('remark'), 'ids, no words')
  }
  await until(async () => {
    const { items } = (await ana.expect(200, 'GET', `${path}/deliveries?limit=200`)).body
    return items.every(({ sent_at }) => sent_at)
  }, 'the log knows')
  const [state] = (await ana.expect(200, 'GET', '/webhooks')).body
  assert.equal(state.failing_since, undefined)
})

test('[HOOK-2] filters, pings, pauses and secrets', async (t) => {
  const { receiver, path } = await listen(t, ['approval', 'thread.resolve'])
  const webhook = async (change) => {
    const all = (await ana.expect(200, 'GET', '/webhooks')).body
    const { url, events } = all.find(({ webhook_id }) => path.endsWith(webhook_id))
    await ana.expect(204, 'PUT', path, { url, events, ...change })
  }
  const id = await document('Filtered')
  const { thread_id } = (await remark(ana, id, 'done?')).body
  await ana.expect(200, 'POST', `/documents/${id}/threads/${thread_id}/resolve`, { outcome: 'done' })
  await ana.expect(202, 'POST', `${path}/ping`)
  await until(() => receiver.of('webhook.ping').length === 1, 'the ping')
  await until(() => receiver.of('thread.resolve').length === 1, 'the decision')
  assert.deepEqual(receiver.heard.map(({ body }) => body.type).toSorted(), ['thread.resolve', 'webhook.ping'])
  const [{ body }] = receiver.of('thread.resolve')
  assert.deepEqual([body.document, body.actor, body.data.thread], [id, { kind: 'member', id: ana.id }, thread_id])

  // While it is paused, no deliveries are stored.
  await webhook({ paused: true })
  await ana.expect(200, 'POST', `/documents/${id}/threads/${thread_id}/reopen`)
  await ana.expect(200, 'POST', `/documents/${id}/threads/${thread_id}/resolve`, { outcome: 'decided' })
  await webhook({ paused: false, events: ['document'] })
  await ana.expect(200, 'DELETE', `/documents/${id}`)
  await until(() => receiver.of('document.trash').length === 1, 'events arrive again')
  assert.equal(receiver.of('thread.resolve').length, 1)

  const old = receiver.secret
  receiver.secret = (await ana.expect(201, 'POST', `${path}/secret`)).body.secret
  assert.notEqual(receiver.secret, old)
  await ana.expect(202, 'POST', `${path}/ping`)
  await until(() => receiver.of('webhook.ping').length === 2, 'another ping')
  const { headers } = receiver.of('webhook.ping')[1]
  assert.equal(headers['webhook-signature'].split(' ').length, 2)
  const exact = JSON.stringify(receiver.of('webhook.ping')[1].body)
  for (const secret of [old, receiver.secret]) assert.ok(new Webhook(secret).verify(exact, headers))
  assert.throws(() => new Webhook(old).verify(`${exact} `, headers))
  assert.equal(receiver.forged, 0)
  await ana.expect(204, 'DELETE', path)
  await ana.expect(404, 'POST', `${path}/ping`)
})

test('[HOOK-2] deliveries are logged, and can be sent again with the same id', async (t) => {
  const { receiver, path } = await listen(t, ['document.create'])
  await document('Logged')
  await until(() => receiver.heard.length === 1, 'it was delivered')
  const log = async () => (await ana.expect(200, 'GET', `${path}/deliveries`)).body.items
  await until(async () => (await log())[0].sent_at, 'the delivery was recorded')
  const [sent] = await log()
  assert.deepEqual([sent.event, sent.attempts, sent.last_status, sent.failed_at, JSON.parse(sent.body)], ['document.create', 1, 200, null, receiver.heard[0].body])
  await ana.expect(202, 'POST', `${path}/deliveries/${sent.delivery_id}/replay`)
  await until(() => receiver.heard.length === 2, 'it was delivered again')
  assert.equal(receiver.heard[0].id, receiver.heard[1].id)
  await ana.expect(404, 'POST', `${path}/deliveries/${ana.id}/replay`)
  assert.deepEqual((await ana.expect(202, 'POST', `${path}/replay`)).body, { deliveries: 0 })
  const rows = (await ana.expect(200, 'GET', '/audit?action=webhook')).body.items.map(({ action }) => action)
  assert.ok(rows.includes('webhook.create') && rows.includes('webhook.replay'))
})

test('[HOOK-3] internal addresses are not reached: not by address, not by name, not by a redirect', async (t) => {
  const closed = await Server.start({ args: [], env: { CONSILIUM_WEBHOOK_NETWORKS: '[]', CONSILIUM_DATABASE_URL: '' } })
  t.after(() => closed.stop())
  const eve = await owner(closed, 'Eve')
  const inner = await new Receiver().open()
  t.after(() => inner.close())
  for (const host of ['127.0.0.1', 'localhost', '2130706433', '0x7f.1', '127.1', '[::1]', '[::ffff:127.0.0.1]', '169.254.169.254', '10.0.0.1', '[fd00:ec2::254]', '0.0.0.0']) {
    for (const scheme of ['https', 'http']) await eve.expect(422, 'POST', '/webhooks', { url: `${scheme}://${host}:${inner.port}/` })
  }
  for (const url of ['ftp://example.org/', 'https://user:word@1.1.1.1/', 'http://1.1.1.1/', 'no url', '']) await eve.expect(422, 'POST', '/webhooks', { url })
  await eve.expect(422, 'POST', '/webhooks', { url: 'https://1.1.1.1/', events: ['comment.creat'] })
  assert.equal(inner.asked, 0)

  // Even if this machine is allowed, a redirect is not followed.
  const { receiver, path } = await listen(t, ['document.create'])
  receiver.mood = 307
  await document('Moved')
  await until(async () => (await ana.expect(200, 'GET', `${path}/deliveries`)).body.items[0]?.last_status === 307, 'it was refused')
  assert.equal(receiver.asked, 1)
})

test('[HOOK-4] only admins see webhooks', async (t) => {
  const { path } = await listen(t)
  for (const [method, at] of [['GET', '/webhooks'], ['POST', `${path}/ping`], ['GET', `${path}/deliveries`], ['DELETE', path]]) await ben.expect(403, method, at)
})

test('[HOOK-1] a receiver that never answers delays no other webhook', async (t) => {
  const slow = await listen(t, ['document.create'])
  const fast = await listen(t, ['document.create'])
  slow.receiver.mood = 'hang'
  await document('Hanging')
  await until(() => slow.receiver.asked === 1 && fast.receiver.heard.length === 1, 'both were called')
  await document('Still')
  await until(() => fast.receiver.heard.length === 2, 'the other webhook is not delayed', 5_000)
  assert.equal(slow.receiver.heard.length, 0)
})

test('[HOOK-1] an event that is never accepted delays its document, and nothing else', async (t) => {
  const { receiver, path } = await listen(t, ['document', 'thread'])
  const [bad, good] = [await document('Refused'), await document('Taken')]
  await until(() => receiver.heard.length === 2, 'both events arrived')
  receiver.refuses = ({ type, document }) => type === 'thread.create' && document === bad
  for (const id of [bad, good, bad, good]) await remark(ana, id, 'more')
  await until(() => receiver.of('thread.create').length === 2, 'the other document is not delayed')
  assert.ok(receiver.of('thread.create').every(({ body }) => body.document === good))
  // It is retried at intervals, not continuously.
  const { asked } = receiver
  await new Promise((later) => setTimeout(later, 3_000))
  assert.ok(receiver.asked - asked <= 2, `${receiver.asked - asked} times`)
  receiver.refuses = () => false
  const { items } = (await ana.expect(200, 'GET', `${path}/deliveries`)).body
  const waiting = items.filter(({ sent_at }) => !sent_at).toReversed()
  assert.deepEqual(waiting.map(({ attempts, last_status }) => [attempts > 0, last_status]), [[true, 400], [false, null]])
  await ana.expect(202, 'POST', `${path}/deliveries/${waiting[0].delivery_id}/replay`)
  await until(() => receiver.of('thread.create').length === 4, 'in order')
  assert.deepEqual(receiver.of('thread.create').filter(({ body }) => body.document === bad).map(({ id }) => id), waiting.map(({ delivery_id }) => delivery_id))
})

test('[HOOK-2] a pause in typing is reported', async (t) => {
  const pausing = await Server.start({ args: [], env: { ...inside, CONSILIUM_REVISION_QUIET_SECONDS: '1', CONSILIUM_DATABASE_URL: '' } })
  t.after(() => pausing.stop())
  const eve = await owner(pausing, 'Eve')
  const receiver = await new Receiver().open()
  t.after(() => receiver.close())
  receiver.secret = (await eve.expect(201, 'POST', '/webhooks', { url: receiver.url, events: ['revision'] })).body.secret
  const { id } = (await eve.expect(201, 'POST', '/documents', { title: 'Typed' })).body
  await eve.expect(204, 'PUT', `/documents/${id}/content`, 'Some words.\n', { 'content-type': 'text/markdown', 'if-match': '"0"' })
  await until(() => receiver.heard.length === 1, 'the pause is reported')
  const { body } = receiver.heard[0]
  assert.deepEqual([body.type, body.document, body.actor.kind, body.data.kind], ['revision.create', id, 'system', 'automatic'])
  assert.equal(receiver.forged, 0)
})

test('[EVENT-4] edits are reported with their authors to webhooks that name the event, also after a kill', async (t) => {
  const typing = await Server.start({ args: [], env: { ...inside, CONSILIUM_DATABASE_URL: '' } })
  t.after(() => typing.stop())
  const eve = await owner(typing, 'Eve')
  const dan = await join(eve, 'manager', 'Dan')
  const listen = async (events) => {
    const receiver = await new Receiver().open()
    t.after(() => receiver.close())
    receiver.secret = (await eve.expect(201, 'POST', '/webhooks', { url: receiver.url, events })).body.secret
    return receiver
  }
  const [named, noun, all] = [await listen(['document.edit', 'document.trash']), await listen(['document']), await listen([])]
  const { id } = (await eve.expect(201, 'POST', '/documents', { title: 'Edited' })).body
  await eve.expect(204, 'PUT', `/documents/${id}/shares/${dan.id}`, { level: 'edit' })
  const [here, there] = [eve.open(id), dan.open(id)]
  t.after(() => [here, there].forEach(({ end }) => end()))
  const saved = () => here.provider.unsyncedChanges + there.provider.unsyncedChanges === 0
  await until(() => here.provider.isSynced && there.provider.isSynced, 'both are synced')
  const edits = () => named.of('document.edit').map(({ body }) => body)
  const authors = () => new Set(edits().flatMap(({ data }) => data.authors))
  const rounds = 3
  for (let round = 1; round <= rounds; round += 1) {
    here.text.insert(0, 'from Eve; ')
    there.text.insert(0, 'from Dan; ')
    await until(() => saved() && edits().length >= round, `edit ${round} is reported`)
  }
  await until(() => authors().size === 2, 'both have written')
  assert.deepEqual(authors(), new Set([eve.id, dan.id]))

  here.text.insert(0, 'the last; ')
  await until(saved, 'it is saved')
  await typing.kill()
  await typing.restart()
  const last = Number(JSON.parse((await eve.expect(200, 'GET', `/documents/${id}/content`)).etag))
  await until(() => edits().at(-1).data.seq === last, () => `row ${last} is reported, after ${JSON.stringify(edits().at(-1))}`)
  await eve.expect(200, 'DELETE', `/documents/${id}`)
  await until(() => [named, noun, all].every((one) => one.of('document.trash').length === 1), 'all receive another event')

  for (const [index, edit] of edits().entries()) {
    assert.deepEqual([edit.document, edit.actor], [id, { kind: 'system', id: null }])
    if (index === 0) continue
    const before = edits()[index - 1]
    assert.ok(edit.data.seq > before.data.seq, 'in order, and each once')
    assert.ok(Date.parse(edit.timestamp) - Date.parse(before.timestamp) >= 1_000, 'at most one in a second')
  }
  assert.deepEqual([noun.of('document.edit').length, all.of('document.edit').length], [0, 0])
  // Edits leave no gap in the numbers of other events.
  const numbers = all.heard.filter(({ body }) => body.document === id).map(({ body }) => body.sequence)
  assert.deepEqual(numbers, numbers.map((_, index) => index + 1))
  const { items } = (await eve.expect(200, 'GET', '/audit?action=document')).body
  assert.ok(items.length > 0 && items.every(({ action }) => action !== 'document.edit'))
  assert.equal(named.forged, 0)
})
