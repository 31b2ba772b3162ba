// Requests for approval that move to a newer version, that are due, and that several people decide at once.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, test } from 'node:test'
import { join, owner } from './people.mjs'
import { Receiver } from './receiver.mjs'
import { Server, until } from './server.mjs'

let server, ana, ben, carl, dora

before(async () => {
  server = await Server.start({ args: [], env: { CONSILIUM_WEBHOOK_NETWORKS: '["127.0.0.0/8"]' } })
  ana = await owner(server)
  ben = await join(ana, 'manager', 'Ben')
  carl = await join(ana, 'manager', 'Carl')
  dora = await join(ana, 'analyst', 'Dora')
})
after(() => server.stop())

const account = ({ id }) => ({ kind: 'account', id })
const write = async (id, text) => {
  const { etag } = await dora.expect(200, 'GET', `/documents/${id}/content`)
  await dora.expect(204, 'PUT', `/documents/${id}/content`, text, { 'content-type': 'text/markdown', 'if-match': etag })
}
/** A draft of Dora's, which Ben and Carl may approve. */
async function newDraft(text = 'Growth is slow.\n') {
  const { id } = (await dora.expect(201, 'POST', '/documents', { title: 'Plan' })).body
  await write(id, text)
  for (const person of [ben, carl]) await dora.expect(204, 'PUT', `/documents/${id}/shares/${person.id}`, { level: 'approve' })
  return id
}
const both = () => [{ name: 'Board', rule: 'all', people: [account(ben), account(carl)] }]
const request = async (id, steps = both(), more = {}) => (await dora.expect(201, 'POST', `/documents/${id}/approvals`, { steps, ...more })).body
const at = (id, { approval_id }, what = '') => `/documents/${id}/approvals/${approval_id}${what}`
const newest = async (id, person = dora) => (await person.expect(200, 'GET', `/documents/${id}/approvals`)).body[0]
const told = async (person, kind) => (await person.expect(200, 'GET', '/inbox?unread=true')).body.items.filter((one) => one.kind === kind)
const readAll = (person) => person.expect(204, 'POST', '/inbox/read', {})
const inDays = (days) => new Date(Date.now() + days * 86_400_000).toISOString()

test('[APPR-7] a request is moved to the newest text: earlier approvals are void and stay in the record', async () => {
  const id = await newDraft()
  const asked = await request(id, both())
  await dora.expect(409, 'POST', at(id, asked, '/move'), {})
  await ben.expect(200, 'POST', at(id, asked, '/decide'), { verdict: 'approve', note: 'Good.' })
  await write(id, 'Growth is fast.\n')
  for (const person of [ben, carl, dora]) await readAll(person)
  await ben.expect(403, 'POST', at(id, asked, '/move'), {})
  const moved = (await dora.expect(200, 'POST', at(id, asked, '/move'), { revision_id: asked.revision_id, note: 'Finance changed a word.' })).body
  assert.equal(moved.approval_id, asked.approval_id)
  assert.notEqual(moved.revision_id, asked.revision_id)
  assert.deepEqual([moved.state, moved.changed_since, moved.steps.map(({ state, people }) => [state, people.map(({ approved }) => approved)])], ['pending', undefined, [['on', [false, false]]]])
  assert.deepEqual(moved.earlier_versions.map(({ revision_id, sha256 }) => [revision_id, sha256]), [[asked.revision_id, asked.sha256]])
  const [vote, move] = moved.acts
  assert.deepEqual([vote.act, vote.by_name, vote.note, vote.revision_id, vote.voided_at !== undefined], ['approve', 'Ben', 'Good.', asked.revision_id, true])
  assert.deepEqual([move.act, move.by_name, move.note, move.voided_at], ['move', 'Dora', 'Finance changed a word.', undefined])
  // The person who had decided and the person whose turn it was are notified, with the reason.
  for (const person of [ben, carl]) assert.deepEqual((await told(person, 'approval-moved')).map(({ must_do, excerpt, actor }) => [must_do, excerpt, actor.name]), [[true, 'Finance changed a word.', 'Dora']])
  // Neither version can be removed, and the earlier one is as it was.
  for (const revision of [asked.revision_id, moved.revision_id]) await dora.expect(409, 'DELETE', `/documents/${id}/revisions/${revision}`)
  const state = await fetch(`${server.url}/api/v1/documents/${id}/revisions/${asked.revision_id}/content?format=state`, { headers: { cookie: dora.cookie } })
  assert.equal(createHash('sha256').update(Buffer.from(await state.arrayBuffer())).digest('hex'), asked.sha256)

  // A person who has read the earlier version cannot decide on the newer one by accident.
  const late = await carl.expect(409, 'POST', at(id, asked, '/decide'), { verdict: 'approve', revision_id: asked.revision_id })
  assert.equal(late.body.code, 'approval-moved')
  assert.equal((await dora.expect(409, 'POST', at(id, asked, '/move'), { revision_id: asked.revision_id })).body.code, 'approval-moved')
  await carl.expect(200, 'POST', at(id, asked, '/decide'), { verdict: 'approve', revision_id: moved.revision_id })
  assert.equal((await newest(id)).state, 'pending', 'the void approval does not count')
  const done = (await ben.expect(200, 'POST', at(id, asked, '/decide'), { verdict: 'approve' })).body
  assert.deepEqual([done.state, done.revision_id], ['approved', moved.revision_id])
  assert.equal((await dora.expect(200, 'GET', `/documents/${id}`)).body.approved.revision_id, moved.revision_id)
  await dora.expect(409, 'POST', at(id, asked, '/move'), {})
  const audit = (await ana.expect(200, 'GET', `/audit?resource=${id}&action=approval.move`)).body.items
  assert.deepEqual(audit.map(({ detail }) => JSON.parse(detail)).map(({ from, revision, voided }) => [from, revision, voided]), [[asked.revision_id, moved.revision_id, 1]])
})

test('[APPR-7] of a decision and a move at the same moment one happens, and the other answers 409', async () => {
  const outcomes = new Set()
  for (let round = 0; round < 12; round++) {
    const id = await newDraft()
    const asked = await request(id, [{ name: 'Lead', people: [account(ben)] }])
    await write(id, `Growth is ${round}.\n`)
    const calls = [
      () => ben.call('POST', at(id, asked, '/decide'), { verdict: 'approve', revision_id: asked.revision_id }),
      () => dora.call('POST', at(id, asked, '/move'), { revision_id: asked.revision_id }),
    ]
    const [decided, moved] = await Promise.all(round % 2 ? calls.map((call) => call()) : calls.toReversed().map((call) => call())).then((both) => (round % 2 ? both : both.toReversed()))
    assert.deepEqual([decided.status, moved.status].toSorted(), [200, 409], JSON.stringify([decided.body, moved.body]))
    const now = await newest(id)
    if (decided.status === 200) assert.deepEqual([now.state, now.revision_id, now.earlier_versions.length], ['approved', asked.revision_id, 0])
    else assert.deepEqual([now.state, now.acts.map(({ act }) => act), decided.body.code], ['pending', ['move'], 'approval-moved'])
    outcomes.add(decided.status)
    const kept = (await dora.expect(200, 'GET', `/documents/${id}/revisions`)).body.items.filter(({ kind }) => kind === 'submitted').length
    assert.equal(kept, decided.status === 200 ? 1 : 2, 'no revision without a request')
  }
  console.log(`# ${[...outcomes].length} of 2 orders were seen`)
})

test('[APPR-7] two moves at the same moment make one', async () => {
  const id = await newDraft()
  const asked = await request(id)
  await write(id, 'Growth is faster.\n')
  const moves = await Promise.all([1, 2, 3].map(() => dora.call('POST', at(id, asked, '/move'), { revision_id: asked.revision_id })))
  assert.deepEqual(moves.map(({ status }) => status).toSorted(), [200, 409, 409])
  for (const { body } of moves.filter(({ status }) => status === 409)) assert.ok(['approval-moved', 'conflict'].includes(body.code))
  assert.equal((await newest(id)).earlier_versions.length, 1)
})

test('[APPR-2] two people who decide the last step at the same moment: both count or one answers 409, never twice', async () => {
  for (let round = 0; round < 6; round++) {
    const id = await newDraft()
    const asked = await request(id, [{ name: 'Board', people: [account(ben), account(carl)] }])
    const answers = await Promise.all([ben, carl].map((person, at_) => person.call('POST', at(id, asked, '/decide'), { verdict: at_ ? 'reject' : 'approve', note: 'Now.' })))
    assert.deepEqual(answers.map(({ status }) => status).toSorted(), [200, 409])
    const now = await newest(id)
    assert.equal(now.acts.length, 1)
    assert.equal(now.state, answers[0].status === 200 ? 'approved' : 'rejected')
  }
})

test('[APPR-7] somebody who lost the right to edit cannot move a request, nor one who lost the right to approve decide it', async () => {
  const id = await newDraft()
  const { id: mine } = (await ana.expect(201, 'POST', '/documents', { title: 'Hers' })).body
  await ana.expect(204, 'PUT', `/documents/${mine}/shares/${dora.id}`, { level: 'edit' })
  await ana.expect(204, 'PUT', `/documents/${mine}/shares/${ben.id}`, { level: 'approve' })
  const asked = await request(mine, [{ name: 'Lead', people: [account(ben)] }])
  await write(mine, 'Other words.\n')
  await ana.expect(204, 'PUT', `/documents/${mine}/shares/${dora.id}`, { level: 'comment' })
  await dora.expect(403, 'POST', at(mine, asked, '/move'), {})
  await dora.expect(403, 'PATCH', at(mine, asked), { due_at: inDays(2) })
  // An admin of the document may move the request.
  await ana.expect(200, 'POST', at(mine, asked, '/move'), {})
  await ana.expect(204, 'PUT', `/documents/${mine}/shares/${ben.id}`, { level: 'view' })
  await ben.expect(403, 'POST', at(mine, asked, '/decide'), { verdict: 'approve' })
  await dora.expect(404, 'POST', at(id, asked, '/move'), {})
})

test('[APPR-8] a request has a due date that its requester changes; its people are reminded of it and when it has passed, once each', async () => {
  const id = await newDraft()
  for (const due_at of [inDays(-1), '2020-01-01T00:00:00Z']) await dora.expect(422, 'POST', `/documents/${id}/approvals`, { steps: both(), due_at })
  await dora.expect(400, 'POST', `/documents/${id}/approvals`, { steps: both(), due_at: 'soon' })
  for (const person of [ben, carl, dora]) await readAll(person)
  const [first, second] = [inDays(4), inDays(6)]
  const asked = await request(id, [{ ...both()[0], within_days: 9 }], { due_at: first })
  assert.deepEqual([asked.due_at, asked.is_overdue], [asked.current_due_at, false])
  assert.ok(Math.abs(Date.parse(asked.current_due_at) - Date.parse(first)) < 1_000, 'the earlier one counts')
  const reminder = async () => (await ana.expect(200, 'GET', '/jobs')).body.find(({ kind }) => kind === 'remind')
  assert.ok(Math.abs(Date.parse((await reminder()).run_at) - (Date.parse(first) - 86_400_000)) < 60_000, 'a day before')
  const [called] = await told(ben, 'approval-requested')
  assert.equal(Date.parse(called.due_at), Date.parse(asked.current_due_at))

  await ben.expect(403, 'PATCH', at(id, asked), { due_at: second })
  await dora.expect(422, 'PATCH', at(id, asked), { due_at: inDays(-3) })
  await dora.expect(400, 'PATCH', at(id, asked), {})
  const changed = (await dora.expect(200, 'PATCH', at(id, asked), { due_at: second })).body
  assert.ok(Math.abs(Date.parse(changed.due_at) - Date.parse(second)) < 1_000)
  const job = await reminder()
  assert.ok(Math.abs(Date.parse(job.run_at) - (Date.parse(second) - 86_400_000)) < 60_000, 'of the new date')
  const again = () => ana.expect(202, 'POST', `/jobs/${job.job_id}/retry`)
  await again()
  await until(async () => (await told(carl, 'approval-due')).length === 1, 'Carl is reminded')
  await again()
  await until(async () => Math.abs(Date.parse((await reminder()).run_at) - Date.parse(changed.due_at)) < 60_000, 'it waits for the due date')
  assert.equal((await told(carl, 'approval-due')).length, 1, 'once')

  // When the date has passed, they are notified again, and the request is marked as overdue.
  const soon = new Date(Date.now() + 1_500).toISOString()
  await dora.expect(200, 'PATCH', at(id, asked), { due_at: soon })
  await until(async () => (await told(ben, 'approval-overdue')).length === 1, 'Ben hears that it is overdue', 30_000)
  assert.equal((await newest(id)).is_overdue, true)
  assert.equal(await reminder(), undefined)
  assert.equal((await told(ben, 'approval-overdue')).length, 1)
  const [open] = (await ben.expect(200, 'GET', `/decisions/open?document=${id}`)).body.items
  assert.deepEqual([open.kind, open.is_mine, open.is_overdue, open.awaited.map(({ name }) => name)], ['approval', true, true, ['Ben', 'Carl']])

  const without = (await dora.expect(200, 'PATCH', at(id, asked), { due_at: null })).body
  assert.deepEqual([without.due_at, without.is_overdue], [undefined, false])
  assert.ok(Date.parse(without.current_due_at) > Date.now() + 8 * 86_400_000, 'the step has its own')
  await ben.expect(200, 'POST', at(id, asked, '/decide'), { verdict: 'approve' })
  await carl.expect(200, 'POST', at(id, asked, '/decide'), { verdict: 'approve' })
  await dora.expect(409, 'PATCH', at(id, asked), { due_at: inDays(3) })
  assert.equal((await told(ben, 'approval-requested'))[0].due_at, undefined, 'nothing waits any more')
})

test('[APPR-8] a delegate is told with the reason, and the requester of what should change', async () => {
  const id = await newDraft()
  for (const person of [ben, carl, dora]) await readAll(person)
  const asked = await request(id, [{ name: 'Lead', people: [account(ben)] }], { note: 'By Friday.', due_at: inDays(3) })
  assert.deepEqual((await told(ben, 'approval-requested')).map(({ excerpt }) => excerpt), ['By Friday.'])
  await ben.expect(200, 'POST', at(id, asked, '/delegate'), { to: carl.id, note: 'I am away.' })
  assert.deepEqual((await told(carl, 'approval-requested')).map(({ excerpt, must_do, due_at }) => [excerpt, must_do, due_at !== undefined]), [['I am away.', true, true]])
  await ben.expect(409, 'POST', at(id, asked, '/decide'), { verdict: 'approve' })
  await carl.expect(200, 'POST', at(id, asked, '/decide'), { verdict: 'reject', note: 'Name the countries.' })
  assert.deepEqual((await told(dora, 'approval-decided')).map(({ result, excerpt, actor }) => [result, excerpt, actor.name]), [['rejected', 'Name the countries.', 'Carl']])
})

test('[HOOK-1] [APPR-7] webhooks hear of moves and due dates', async (t) => {
  const receiver = await new Receiver().open()
  t.after(() => receiver.close())
  receiver.secret = (await ana.expect(201, 'POST', '/webhooks', { url: receiver.url, events: ['approval'] })).body.secret
  const id = await newDraft()
  const asked = await request(id, [{ name: 'Lead', people: [account(ben)] }])
  await write(id, 'More words.\n')
  const moved = (await dora.expect(200, 'POST', at(id, asked, '/move'), {})).body
  await dora.expect(200, 'PATCH', at(id, asked), { due_at: inDays(3) })
  await until(() => receiver.of('approval.set_due').length === 1, 'the due date')
  const [{ body: { data, document } }] = receiver.of('approval.move')
  assert.deepEqual([document, data.approval, data.from, data.revision, data.voided], [id, asked.approval_id, asked.revision_id, moved.revision_id, 0])
  assert.equal(receiver.forged, 0)
})
